//! Candles of any frame: those of the kept intervals as they are stored, the others put together
//! from the longest kept interval that fills them.

use domain::Time;
use domain::market::{Candle, Frame, Interval, SymbolName};
use futures_util::TryStreamExt;

use super::{CandleRequest, Direction, MarketReader, PageRequest, ReadError};

/// Which candles of a frame are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameRequest {
    /// Of which symbol.
    pub symbol: SymbolName,
    /// In which buckets.
    pub frame: Frame,
    /// The oldest ones that open at this time or later; without it the newest ones.
    pub from: Option<Time>,
    /// Only ones that open before this time.
    pub to: Time,
    /// Most candles.
    pub limit: u32,
}

impl FrameRequest {
    /// The opening time of the first bucket that opens at `from` or later.
    fn first_open(&self, from: Time) -> Time {
        let open = self.frame.open_time(from);
        if open < from { self.frame.close_time(open) } else { open }
    }

    /// Opening times of the candles of the base that can matter: from the first until before the
    /// second. Without a beginning it reaches `limit` buckets back from the end.
    #[must_use]
    pub fn base_range(&self) -> (Time, Time) {
        // The bucket that opens last before `to` ends there or later.
        let last = self.frame.open_time(self.to.plus_micros(-1));
        let to = self.frame.close_time(last);
        let back = i64::from(self.limit) - 1;
        let from =
            self.from.map_or_else(|| self.frame.back(last, back), |from| self.first_open(from));
        (from, to)
    }

    fn page(&self, page: PageRequest) -> CandleRequest {
        let interval = self.frame.base();
        CandleRequest { symbol: self.symbol.clone(), interval, origin: None, page }
    }
}

impl MarketReader {
    /// Candles of a frame, oldest first. Buckets in which nothing is stored are left out.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn frames(&self, request: &FrameRequest) -> Result<Vec<Candle>, ReadError> {
        if request.limit == 0 || request.from.is_some_and(|from| from >= request.to) {
            self.known(&request.symbol).await?;
            return Ok(Vec::new());
        }
        if kept_interval(request.frame).is_some() {
            return self.kept(request).await;
        }
        let (mut from, to) = request.base_range();
        if request.from.is_none() {
            // The newest there are, however long ago that is.
            let Some(newest) = self.newest(request, to).await? else { return Ok(Vec::new()) };
            let open = request.frame.open_time(newest.open_time);
            from = request.frame.back(open, i64::from(request.limit) - 1);
        }
        self.gathered(request, from, to).await
    }

    /// Candles of a kept interval.
    async fn kept(&self, request: &FrameRequest) -> Result<Vec<Candle>, ReadError> {
        let direction =
            if request.from.is_some() { Direction::Ascending } else { Direction::Descending };
        let mut candles =
            self.page_of(request, request.from, request.to, direction, request.limit).await?;
        if direction == Direction::Descending {
            candles.reverse();
        }
        Ok(candles)
    }

    async fn newest(&self, request: &FrameRequest, to: Time) -> Result<Option<Candle>, ReadError> {
        Ok(self.page_of(request, None, to, Direction::Descending, 1).await?.pop())
    }

    async fn page_of(
        &self,
        request: &FrameRequest,
        from: Option<Time>,
        to: Time,
        direction: Direction,
        limit: u32,
    ) -> Result<Vec<Candle>, ReadError> {
        let (direction, limit) = (Some(direction), Some(limit));
        let page = PageRequest { from, to: Some(to), direction, limit, ..PageRequest::default() };
        let plan = self.plan_candles(&request.page(page)).await?;
        Ok(self.candles(&request.symbol, &plan).await?.candles)
    }

    /// Reads a range chunk by chunk and puts it together until there are enough.
    async fn gathered(
        &self,
        request: &FrameRequest,
        from: Time,
        to: Time,
    ) -> Result<Vec<Candle>, ReadError> {
        let direction = Some(Direction::Ascending);
        let page =
            PageRequest { from: Some(from), to: Some(to), direction, ..PageRequest::default() };
        let plan = self.plan_candles(&request.page(page)).await?;
        let most = request.limit as usize;
        let mut chunks = std::pin::pin!(self.all_candles(plan));
        let mut gathered: Vec<Candle> = Vec::new();
        // One more than wanted proves that the last one wanted is whole.
        while gathered.len() <= most
            && let Some(chunk) = chunks.try_next().await?
        {
            // A bucket may reach over the border of two chunks.
            let carried = gathered.pop();
            gathered.extend(request.frame.gather(carried.into_iter().chain(chunk)));
        }
        gathered.truncate(most);
        Ok(gathered)
    }
}

/// The kept interval that a frame is, if it is one.
#[must_use]
pub fn kept_interval(frame: Frame) -> Option<Interval> {
    Some(frame.base()).filter(|base| Frame::from(*base) == frame)
}
