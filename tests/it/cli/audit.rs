//! Goal: `carnet audit` tells by its exit code whether an instance holds, does not, or cannot be
//! judged, and says where.

use serde_json::Value;

use super::{at, carnet};
use crate::audit::lived_in;
use crate::harness::{World, fresh_dir, on_both_engines};

async fn an_audit_tells_by_its_exit_code(world: World) {
    lived_in(&world).await;
    let text = at(&world, &["audit"]).good();
    assert!(text.contains("LEDGER") && text.contains(&world.operator_id.to_string()), "{text}");
    assert!(text.contains("Holds: "), "{text}");

    let sql = "UPDATE account SET voucher_count = voucher_count + 1 WHERE voucher_count > 0";
    world.run_sql(sql).await;
    let call = at(&world, &["audit", "--json"]);
    assert_eq!(call.code, 1, "{}{}", call.out, call.err);
    let report: Value = serde_json::from_str(&call.out).unwrap();
    assert_eq!(report["findings"][0]["table"], "account");
    assert_eq!(report["findings"][0]["column"], "voucher_count");
    let call = at(&world, &["audit"]);
    assert_eq!(call.code, 1);
    assert!(call.out.contains("Does not hold."), "{}", call.out);
}

on_both_engines!(an_audit_tells_by_its_exit_code);

#[test]
fn nothing_is_not_called_good() {
    let dir = fresh_dir();
    let call = carnet(&dir, &["audit"]);
    call.failed(2, &["init"]);
}
