//! The `carnet` program: runs the command line and sets the exit code.

use carnet::cli::bench::{Place, Scratch, Size, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let engine = std::env::args().nth(1).unwrap_or_default();
    let scratch = Scratch::below(&std::env::temp_dir()).expect("a scratch directory");
    let server = std::env::var("CARNET_BENCH_POSTGRES").ok();
    let (engine, server) =
        if engine == "postgres" { ("postgres", server) } else { ("sqlite", None) };
    let place = Place { engine, dir: scratch.0.clone(), server };
    let number = |at: usize, default: i64| {
        std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let redemptions = usize::try_from(number(3, 20_000)).unwrap_or(20_000);
    let size = Size { vouchers: number(2, 100_000), redemptions, books: 60 };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(run(place, size)) {
        Ok(report) => println!("{}", report.table()),
        Err(error) => println!("{error}"),
    }
}
