//! What the charts show, computed from rollup rows.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::campaign::Campaign;
use super::counts::Counts;
use super::zone::{month_start, next_month, weekday_of};

/// Sums over calls, as people read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    pub calls: i64,
    pub answered: i64,
    pub missed: i64,
    pub talk_seconds: i64,
    /// Hundred-millionths of a euro.
    pub price: i64,
    pub first: i64,
    /// How many people called.
    pub unique: i64,
    /// They are counted over the whole period; otherwise month by month, and added up.
    pub unique_exact: bool,
    pub withheld: i64,
}

impl Sums {
    fn add(&mut self, counts: &Counts) {
        self.calls += counts.calls;
        self.answered += counts.answered;
        self.missed += counts.missed;
        self.talk_seconds += counts.talk_seconds;
        self.price += counts.price;
        self.first += counts.first;
        self.unique += counts.unique_month;
        self.withheld += counts.withheld;
    }

    /// Calls of people who had called the campaign before.
    #[must_use]
    pub fn repeat(&self) -> i64 {
        self.calls - self.first - self.withheld
    }

    /// Seconds of an answered call, on average.
    #[must_use]
    pub fn mean_seconds(&self) -> Option<i64> {
        (self.answered > 0).then(|| self.talk_seconds / self.answered)
    }

    /// Percent of the calls that are over.
    #[must_use]
    pub fn answered_share(&self) -> Option<i64> {
        let over = self.answered + self.missed;
        (over > 0).then(|| (self.answered * 100 + over / 2) / over)
    }
}

/// How wide a bar of the chart over time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    Day,
    Week,
    Month,
}

impl Grain {
    /// The finest of which a chart holds no more than about a hundred.
    #[must_use]
    pub fn of(days: i64) -> Self {
        match days {
            ..=92 => Self::Day,
            93..=550 => Self::Week,
            _ => Self::Month,
        }
    }

    /// The first day of the bar that a day is in.
    #[must_use]
    pub fn start(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            Self::Week => day - i64::from(weekday_of(day)),
            Self::Month => month_start(day),
        }
    }

    fn next(self, start: i64) -> i64 {
        match self {
            Self::Day => start + 1,
            Self::Week => start + 7,
            Self::Month => next_month(start),
        }
    }
}

/// Calls and how many of them were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    pub calls: i64,
    pub answered: i64,
}

impl AddAssign for Share {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.answered += more.answered;
    }
}

/// A campaign in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignRow {
    pub id: String,
    /// Empty for numbers that are no campaign's any more, or never were.
    pub name: String,
    pub colour: String,
    pub source: String,
    pub medium: String,
    pub sums: Sums,
    /// What it cost in the period, hundredths.
    pub cost: Option<i64>,
    pub by_hour: [Share; 24],
    pub by_weekday: [Share; 7],
}

/// A bar of the chart over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Days; both are in it.
    pub from: i64,
    pub to: i64,
    /// In the order of [`Period::lines`].
    pub shares: Vec<Share>,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: i64,
    pub to: i64,
    pub grain: Grain,
    /// The campaigns that were called or cost something, most calls first.
    pub lines: Vec<CampaignRow>,
    pub buckets: Vec<Bucket>,
    pub total: Sums,
    pub cost: Option<i64>,
}

/// What [`Period::of`] is made of.
pub struct Material<'a> {
    pub from: i64,
    pub to: i64,
    pub today: i64,
    /// The campaigns that are asked for.
    pub campaigns: &'a [Campaign],
    /// Whether calls to what is no campaign are asked for too.
    pub others: bool,
    /// The whole period, by campaign.
    pub sums: &'a [(String, Counts)],
    /// A day of the bar, campaign, what is added to the bar.
    pub bars: &'a [(i64, String, Share)],
    /// Callers by campaign, and with the empty name in all, where they were counted one by one.
    pub unique: Option<&'a [(String, i64)]>,
}

impl Period {
    #[must_use]
    pub fn of(material: &Material<'_>) -> Self {
        let Material { from, to, today, .. } = *material;
        let blank = |campaign: Option<&Campaign>, id: &str| CampaignRow {
            id: id.to_owned(),
            name: campaign.map(|campaign| campaign.name.clone()).unwrap_or_default(),
            colour: campaign.map_or_else(|| "slate".to_owned(), |campaign| campaign.colour.clone()),
            source: campaign.map(|campaign| campaign.source.clone()).unwrap_or_default(),
            medium: campaign.map(|campaign| campaign.medium.clone()).unwrap_or_default(),
            sums: Sums::default(),
            cost: campaign.and_then(|campaign| campaign.cost_between(from, to, today)),
            by_hour: [Share::default(); 24],
            by_weekday: [Share::default(); 7],
        };
        let mut lines: Vec<CampaignRow> =
            material.campaigns.iter().map(|campaign| blank(Some(campaign), &campaign.id)).collect();
        let place = |lines: &mut Vec<CampaignRow>, id: &str| match lines.iter().position(|line| line.id == id) {
            Some(at) => Some(at),
            None if material.others => {
                lines.push(blank(None, id));
                Some(lines.len() - 1)
            }
            None => None,
        };
        for (id, counts) in material.sums {
            let Some(at) = place(&mut lines, id) else { continue };
            let line = &mut lines[at];
            line.sums.add(counts);
            add(&mut line.by_hour, &counts.by_hour, &counts.answered_by_hour);
            add(&mut line.by_weekday, &counts.by_weekday, &counts.answered_by_weekday);
        }
        for line in &mut lines {
            if let Some(unique) = material.unique {
                line.sums.unique = unique.iter().find(|(id, _)| *id == line.id).map_or(0, |(_, count)| *count);
                line.sums.unique_exact = true;
            }
        }
        lines.retain(|line| line.sums.calls > 0 || line.cost.is_some_and(|cost| cost > 0));
        lines.sort_by(|a, b| b.sums.calls.cmp(&a.sums.calls).then_with(|| a.name.cmp(&b.name)));
        let mut total = Sums { unique_exact: material.unique.is_some(), ..Sums::default() };
        for line in &lines {
            let Sums { calls, answered, missed, talk_seconds, price, first, unique, withheld, .. } = line.sums;
            total.calls += calls;
            total.answered += answered;
            total.missed += missed;
            total.talk_seconds += talk_seconds;
            total.price += price;
            total.first += first;
            total.unique += unique;
            total.withheld += withheld;
        }
        if let Some(unique) = material.unique {
            // Somebody who called two campaigns is one person.
            total.unique = unique.iter().find(|(id, _)| id.is_empty()).map_or(total.unique, |(_, count)| *count);
        }
        let costs: Vec<i64> = lines.iter().filter_map(|line| line.cost).collect();
        let grain = Grain::of(to - from + 1);
        let buckets = buckets(from, to, grain, &lines, material.bars);
        Self { from, to, grain, buckets, total, cost: (!costs.is_empty()).then(|| costs.iter().sum()), lines }
    }

    /// The same of all campaigns together.
    #[must_use]
    pub fn by_hour(&self) -> [Share; 24] {
        together(self.lines.iter().map(|line| &line.by_hour))
    }

    #[must_use]
    pub fn by_weekday(&self) -> [Share; 7] {
        together(self.lines.iter().map(|line| &line.by_weekday))
    }
}

fn add<const N: usize>(shares: &mut [Share; N], calls: &[i64; N], answered: &[i64; N]) {
    for (share, (calls, answered)) in shares.iter_mut().zip(calls.iter().zip(answered)) {
        *share += Share { calls: *calls, answered: *answered };
    }
}

fn together<'a, const N: usize>(all: impl Iterator<Item = &'a [Share; N]>) -> [Share; N] {
    let mut sum = [Share::default(); N];
    for shares in all {
        for (sum, share) in sum.iter_mut().zip(shares) {
            *sum += *share;
        }
    }
    sum
}

fn buckets(from: i64, to: i64, grain: Grain, lines: &[CampaignRow], bars: &[(i64, String, Share)]) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut start = grain.start(from);
    while start <= to {
        let next = grain.next(start);
        let shares = vec![Share::default(); lines.len()];
        buckets.push(Bucket { from: start.max(from), to: (next - 1).min(to), shares });
        start = next;
    }
    for (day, id, more) in bars {
        let bucket = buckets.partition_point(|bucket| bucket.to < *day);
        let line = lines.iter().position(|line| line.id == *id);
        if let Some(share) = line.and_then(|line| buckets.get_mut(bucket)?.shares.get_mut(line)) {
            *share += *more;
        }
    }
    buckets
}

/// What a number per call costs, hundredths; `None` for no calls.
#[must_use]
pub fn per_call(cost: Option<i64>, calls: i64) -> Option<i64> {
    cost.filter(|_| calls > 0).map(|cost| (cost + calls / 2) / calls)
}

/// Round marks for an axis that reaches `most`: ascending, from 0, at most six, the last not below `most`.
#[must_use]
pub fn marks(most: i64) -> Vec<i64> {
    let most = most.max(1);
    let mut step = 1;
    'found: loop {
        for nice in [1, 2, 5] {
            if step * nice * 5 >= most {
                step *= nice;
                break 'found;
            }
        }
        step *= 10;
    }
    let last = (most + step - 1) / step;
    (0..=last).map(|n| n * step).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::campaign::Draft;
    use super::super::zone::day_of;
    use super::*;

    fn campaign(id: &str, cost: &str) -> Campaign {
        let draft = Draft {
            name: id.to_uppercase(),
            destination: "447700900000".into(),
            cost: cost.into(),
            starts: "2026-03-01".into(),
            ends: "2026-03-31".into(),
            ..Draft::default()
        };
        Campaign::read(id.into(), &draft).unwrap()
    }

    fn counts(calls: i64, answered: i64) -> Counts {
        let mut counts =
            Counts { calls, answered, missed: calls - answered, unique_month: 1, first: 1, ..Counts::default() };
        counts.by_hour[9] = calls;
        counts.answered_by_hour[9] = answered;
        counts.by_weekday[0] = calls;
        counts.answered_by_weekday[0] = answered;
        counts
    }

    #[test]
    fn a_period_adds_up() {
        let (from, to) = (day_of(date(2026, 3, 2)), day_of(date(2026, 3, 15)));
        let share = |calls, answered| Share { calls, answered };
        let bars = [
            (from, "a".to_owned(), share(3, 2)),
            (from + 1, "b".to_owned(), share(4, 1)),
            (to, "a".to_owned(), share(2, 2)),
            (to, "gone".to_owned(), share(1, 0)),
        ];
        let sums = [("a".to_owned(), counts(5, 4)), ("b".to_owned(), counts(4, 1)), ("gone".to_owned(), counts(1, 0))];
        let campaigns = [campaign("a", "310"), campaign("b", ""), campaign("c", "31")];
        let material = Material {
            from,
            to,
            today: to,
            campaigns: &campaigns,
            others: true,
            sums: &sums,
            bars: &bars,
            unique: None,
        };
        let period = Period::of(&material);
        let names: Vec<&str> = period.lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(names, ["a", "b", "gone", "c"], "most calls first; what cost money without a call is shown too");
        assert_eq!(
            (period.total.calls, period.total.answered, period.total.missed, period.total.unique),
            (10, 5, 5, 3)
        );
        assert_eq!(period.buckets.len(), 14);
        assert_eq!(period.buckets[0].shares[0], Share { calls: 3, answered: 2 });
        assert_eq!(period.buckets[13].shares[2], Share { calls: 1, answered: 0 });
        // 14 of 31 days.
        assert_eq!((period.lines[0].cost, period.cost), (Some(14_000), Some(15_400)));
        assert_eq!(period.by_hour()[9], Share { calls: 10, answered: 5 });
        assert_eq!(period.by_weekday()[0], Share { calls: 10, answered: 5 });
        let exact = [("a".to_owned(), 2), (String::new(), 3)];
        let one = Material { others: false, campaigns: &campaigns[..1], unique: Some(&exact), ..material };
        let period = Period::of(&one);
        assert_eq!((period.total.calls, period.total.unique, period.lines[0].sums.unique), (5, 3, 2));
    }

    #[test]
    fn bars_are_days_weeks_or_months_and_cover_the_period_once() {
        for (days, grain) in
            [(1, Grain::Day), (92, Grain::Day), (93, Grain::Week), (400, Grain::Week), (900, Grain::Month)]
        {
            assert_eq!(Grain::of(days), grain);
            let (from, to) = (day_of(date(2025, 12, 18)), day_of(date(2025, 12, 18)) + days - 1);
            let bars = buckets(from, to, grain, &[], &[]);
            assert_eq!((bars[0].from, bars[bars.len() - 1].to), (from, to));
            assert!(bars.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
            assert!(bars.len() <= 100);
        }
    }

    #[test]
    fn figures_for_people() {
        let sums =
            Sums { calls: 10, answered: 6, missed: 3, first: 4, withheld: 1, talk_seconds: 100, ..Sums::default() };
        assert_eq!((sums.repeat(), sums.mean_seconds(), sums.answered_share()), (5, Some(16), Some(67)));
        assert_eq!((per_call(Some(100), 3), per_call(Some(1), 0), per_call(None, 3)), (Some(33), None, None));
        assert_eq!(marks(0), [0, 1]);
        assert_eq!(marks(7), [0, 2, 4, 6, 8]);
        assert_eq!(marks(101), [0, 50, 100, 150]);
        for most in 1..5000 {
            let marks = marks(most);
            assert!(marks.len() <= 6 && *marks.last().unwrap() >= most);
        }
    }
}
