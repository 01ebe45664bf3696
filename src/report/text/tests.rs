use super::*;
use crate::report::samples;

fn page(report: &Report, layout: Layout) -> String {
    let mut out = Vec::new();
    write(report, layout, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn typical_reports_read_well() {
    for (name, report) in samples::all() {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("text_{name}"), page(&report, Layout::default()));
        });
    }
}
