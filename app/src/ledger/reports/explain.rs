//! Of what a profit is made: fills, fees and funding that add up to it.

use std::collections::BTreeMap;

use domain::ledger::Corrupt;
use domain::{Amount, Decimal, Time};
use store::ledger::explain::{self, StepQuery, StepRow};
use uuid::Uuid;

use super::{LedgerError, Reports, add, too_much};

/// Steps of one answer at the most.
const MOST_STEPS: i64 = 20_000;

/// What a line is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// A fill, or the part of it that is of the position.
    Fill {
        /// Its price.
        price: Decimal,
        /// Units of base by which the position changed.
        quantity: Amount,
        /// Whether it made the position larger.
        entry: bool,
    },
    /// What a fill cost; or what funding came in.
    Paid {
        /// Whether it is a fee.
        fee: bool,
        /// In which asset.
        asset: String,
        /// So much came in.
        amount: Amount,
    },
}

/// What one event added to a position's profit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The step that it is of.
    pub step: StepRow,
    /// What it is of.
    pub kind: LineKind,
    /// What it adds, in quote; none of a fee in another asset.
    pub profit: Option<Amount>,
}

/// Sums of lines of one quote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// Of fills.
    pub gross: Amount,
    /// Of fees, positive where they were paid.
    pub commission: Amount,
    /// Of funding.
    pub funding: Amount,
    /// Of all lines.
    pub total: Amount,
}

/// Of what a profit is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// By the order of the record.
    pub lines: Vec<Line>,
    /// By quote.
    pub totals: BTreeMap<String, Total>,
}

impl Reports {
    /// Of what the profit of somebody's position is made.
    ///
    /// # Errors
    /// [`LedgerError::UnknownPosition`]; too many steps; the database's.
    pub async fn explain_position(
        &self,
        user: Uuid,
        position: Uuid,
    ) -> Result<Explained, LedgerError> {
        let account = explain::account_of(&self.0.db, user, position).await?;
        let accounts = vec![account.ok_or(LedgerError::UnknownPosition)?];
        self.explained(StepQuery { accounts, position: Some(position), ..StepQuery::default() })
            .await
    }

    /// Of what the profit is made that was realised in a time.
    ///
    /// # Errors
    /// [`LedgerError`]: an unknown account or bot, too many steps, the database's.
    pub async fn explain_period(
        &self,
        user: Uuid,
        account: Option<Uuid>,
        query: StepQuery,
    ) -> Result<Explained, LedgerError> {
        let scope = self.scope(user, account, query.bot).await?;
        let to = query.to.unwrap_or_else(|| self.now());
        let from = query.from.unwrap_or_else(|| to.plus_micros(-86_400_000_000));
        if from > to {
            return Err(LedgerError::InvalidRange(format!("from {from} is after to {to}")));
        }
        let (from, to) = (Some(from), Some::<Time>(to));
        self.explained(StepQuery { accounts: scope.accounts, from, to, ..query }).await
    }

    async fn explained(&self, query: StepQuery) -> Result<Explained, LedgerError> {
        let query = StepQuery { limit: MOST_STEPS + 1, ..query };
        let steps = explain::steps(&self.0.db, &query).await?;
        if steps.len() as i64 > MOST_STEPS {
            return Err(too_much("fills and payments", MOST_STEPS));
        }
        let mut lines = Vec::new();
        for step in steps {
            lines.extend(lines_of(step)?);
        }
        let mut totals = BTreeMap::<String, Total>::new();
        for line in &lines {
            let total = totals.entry(line.step.quote.clone()).or_default();
            let Some(profit) = line.profit else { continue };
            add(&mut total.total, profit)?;
            match line.kind {
                LineKind::Fill { .. } => add(&mut total.gross, profit)?,
                LineKind::Paid { fee: true, .. } => add(&mut total.commission, -profit)?,
                LineKind::Paid { .. } => add(&mut total.funding, profit)?,
            }
        }
        Ok(Explained { lines, totals })
    }
}

fn less(now: Amount, before: Amount) -> Result<Amount, LedgerError> {
    let inexact = Corrupt::Inexact { what: "what a step added" };
    now.checked_sub(before).ok_or_else(|| inexact.into())
}

/// The lines of a step: the fill with its fees, or funding.
fn lines_of(step: StepRow) -> Result<Vec<Line>, LedgerError> {
    let (before, after) = (&step.before, &step.after);
    let mut lines = Vec::new();
    let Some((_, _, price)) = step.fill else {
        let amount = less(after.funding, before.funding)?;
        let kind = LineKind::Paid { fee: false, asset: step.quote.clone(), amount };
        return Ok(vec![Line { kind, profit: Some(amount), step }]);
    };
    let entered = less(after.entered, before.entered)?;
    let entry = entered != Amount::ZERO;
    let quantity = if entry { entered } else { less(after.exited, before.exited)? };
    let realised = less(after.realised, before.realised)?;
    let kind = LineKind::Fill { price, quantity, entry };
    lines.push(Line { step: step.clone(), kind, profit: Some(realised) });
    for (asset, sum) in &after.fees {
        let paid = less(*sum, before.fees.get(asset).copied().unwrap_or_default())?;
        if paid == Amount::ZERO {
            continue;
        }
        let worth = if *asset == step.quote {
            Some(paid)
        } else if *asset == step.base {
            let inexact = Corrupt::Inexact { what: "a fee at its fill's price" };
            Some(paid.checked_times(price).ok_or(inexact)?)
        } else {
            None
        };
        let kind = LineKind::Paid { fee: true, asset: asset.clone(), amount: -paid };
        lines.push(Line { step: step.clone(), kind, profit: worth.map(|worth| -worth) });
    }
    Ok(lines)
}
