//! What rules say to a step, and what of it is stepped over.
use super::{
    model::{NewOverride, Override},
    store::{self, Subject},
};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Result},
    },
    rules::{Finding, Rulebook},
};

/// What was found, and the rules that it was found by.
pub struct Judged {
    pub findings: Vec<Finding>,
    pub book: Rulebook,
}

impl Judged {
    /// Lets overrides step over what they may. Gives those that stand to reason: they are written by
    /// [`store::keep`], once the record is there.
    pub fn weigh(
        &mut self,
        tx: &Tx<'_>,
        subject: Subject,
        said: &[NewOverride],
    ) -> Result<Vec<Override>> {
        store::weigh(tx, said, &mut self.findings, (subject, &self.book))
    }

    /// Refuses the first rule that is broken still.
    pub fn refuse(self) -> Result<Vec<Finding>> {
        match self.findings.iter().position(Finding::is_refused) {
            Some(place) => {
                let refusal = self.findings.into_iter().nth(place).map(Finding::refusal);
                Err(refusal.map_or_else(|| Error::internal("no finding"), Error::from))
            }
            None => Ok(self.findings),
        }
    }
}
