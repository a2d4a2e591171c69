//! The volume that what is injected is copied to.

use super::{
    manifest::{tree::Node, workload::Reader},
    stock::Injected,
};
use crate::doctor::{catalogue::OPERATOR_VOLUME_SIZE, survey::Sited, symptom::Symptom};

/// The suffixes of quantities, and how many bytes each stands for.
///
/// Source of the rule: the Kubernetes documentation, "Quantity".
const SUFFIXES: [(&str, f64); 8] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("", 1.0),
];

/// A limit that is smaller than what is copied: the pod is evicted while it starts.
pub(super) fn symptoms(documents: &Sited<Vec<Node>>, injected: &Injected) -> Vec<Symptom> {
    let reader = Reader::new(&documents.what);
    let of = |document: &Node| {
        let is_ours = reader.text(document, &["kind"]) == Some("Instrumentation");
        let limit = reader.at(document, &["spec", "python", "volumeLimitSize"]).filter(|_| is_ours)?;
        let text = limit.text()?;
        #[expect(clippy::cast_precision_loss, reason = "sizes far below those that lose a byte")]
        let is_small = bytes(text)? < injected.bytes as f64;
        is_small.then(|| Symptom {
            check: &OPERATOR_VOLUME_SIZE,
            place: documents.at(limit.line),
            reason: format!(
                "the volume may hold `{}`, and {} takes {} MiB",
                text.escape_debug(),
                injected.title,
                injected.bytes.div_ceil(1 << 20)
            ),
            fix: "leave `volumeLimitSize` out, which means `200Mi`, or raise it".to_owned(),
            cure: None,
        })
    };
    documents.what.iter().filter_map(of).collect()
}

/// The bytes of a quantity.
fn bytes(text: &str) -> Option<f64> {
    let (number, factor) =
        SUFFIXES.iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)))?;
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_bytes() {
        for (text, expected) in
            [("200Mi", Some(209_715_200.0)), ("1.5k", Some(1500.0)), ("12", Some(12.0)), ("x", None)]
        {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
