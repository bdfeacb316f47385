//! What was received with answers: receipts, and whether the log has what they promise.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    checkpoint::Checkpoint,
    entry::{AccessEntry, AnswerId},
    extract::AccessLogExtract,
    key::Keys,
};
use crate::platform::{
    disclosure::Person,
    receipt::{Receipt, ReceiptId, Said, TAKEN_IN_WITHIN},
};

/// Holds an extract against receipts, one a line. Those about others are passed over.
pub(super) fn check<'e>(
    extract: &'e AccessLogExtract,
    checkpoint: &Checkpoint,
    lines: &str,
    keys: &Keys,
) -> Result<String, String> {
    let subject =
        Person { kind: extract.subject.kind.clone(), id: extract.subject.id, mentioned: false };
    let openings = || extract.entries.iter().filter_map(|logged| logged.opening.as_ref());
    let named = |entry: &'e AccessEntry| Some((entry.answer?, entry));
    let told: BTreeMap<AnswerId, &AccessEntry> =
        openings().filter_map(|opening| named(&opening.entry)).collect();
    let deferred = extract.entries.len() - openings().count();
    let (mut seen, mut found, mut young, mut others) = (BTreeSet::<ReceiptId>::new(), 0, 0, 0);
    let mut unseen = Vec::new();
    for (number, line) in (1..).zip(lines.lines().map(str::trim)) {
        if line.is_empty() {
            continue;
        }
        let receipt = Receipt::verify(line, &checkpoint.origin, keys.of_log(&checkpoint.origin))
            .map_err(|why| format!("receipt {number}: {why}"))?;
        if !receipt.is_about(&subject) {
            others += 1;
        } else if !seen.insert(receipt.id) {
            // Shown twice, it promises no more.
        } else if let Some(entry) = told.get(&AnswerId(receipt.id)) {
            keeps(&receipt, entry).map_err(|why| format!("receipt {number}: {why}"))?;
            found += 1;
        } else if is_young(&receipt, checkpoint) {
            young += 1;
        } else {
            unseen.push(receipt.at);
        }
    }
    // Each entry that is not told yet may be one of those that were not found, but no more of them.
    if let Some(at) = unseen.get(deferred) {
        return Err(format!(
            "the answer of {at} is not in the log, though a receipt was given for it"
        ));
    }
    let hidden = unseen.len();
    Ok(format!(
        "{found} answers are in the log, {hidden} may be deferred entries, {young} are too young \
         for this checkpoint, {others} are about others"
    ))
}

fn is_young(receipt: &Receipt, checkpoint: &Checkpoint) -> bool {
    let due = receipt.at.checked_add_signed(TAKEN_IN_WITHIN);
    due.is_none_or(|due| due > checkpoint.at)
}

/// Whether the entry says what the receipt says.
fn keeps(receipt: &Receipt, entry: &AccessEntry) -> Result<(), String> {
    let field_classes: Vec<&str> = entry.field_classes.iter().map(String::as_str).collect();
    let said = Said {
        client: entry.client,
        organisation: entry.organisation,
        purpose: &entry.purpose,
        legal_basis: entry.legal_basis.as_deref(),
        operation: &entry.operation,
        field_classes: &field_classes,
        request_id: &entry.request_id,
    };
    if entry.at == receipt.at && receipt.says(&said) {
        return Ok(());
    }
    Err(format!("entry {} says something else of this answer", entry.number))
}
