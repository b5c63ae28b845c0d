//! The `carnet` program: runs the command line and sets the exit code.

fn main() {}
