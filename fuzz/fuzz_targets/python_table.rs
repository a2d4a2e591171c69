//! The table of libraries in a wheel, which is Python: no panic, and no text with more than one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::registry::update::python::table::Table;

fuzz_target!(|source: &str| {
    if let Ok(table) = Table::parse(source) {
        for text in table.defaults.iter().chain(table.rows.iter().flat_map(|(library, line)| [library, line])) {
            assert!(!text.contains(char::is_control));
        }
    }
});
