//! Chance that can be repeated: the same seed always gives the same city.

/// A small generator of the PCG family (XSH RR 64/32). Good enough for make-believe; never for secrets.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
    stream: u64,
}

impl Dice {
    const STEP: u64 = 6_364_136_223_846_793_005;

    /// Dice of a seed. Different streams of one seed are independent of each other.
    pub fn new(seed: u64, stream: u64) -> Dice {
        let mut dice = Dice { state: 0, stream: (stream << 1) | 1 };
        dice.next();
        dice.state = dice.state.wrapping_add(seed);
        dice.next();
        dice
    }

    fn next(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(Self::STEP).wrapping_add(self.stream);
        let mixed = (((old >> 18) ^ old) >> 27) as u32;
        mixed.rotate_right((old >> 59) as u32)
    }

    /// A number from 0 up to, but not including, 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.next()) / (f64::from(u32::MAX) + 1.0)
    }

    /// Whether something happens that happens with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The product's upper half; the bias is below one in a million for the bounds used here.
        ((u64::from(self.next()) * u64::from(bound)) >> 32) as u32
    }

    /// One of these; the empty text if there is none.
    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(u32::try_from(words.len()).unwrap_or(u32::MAX));
        words.get(at as usize).copied().unwrap_or_default()
    }

    /// How long until something comes that comes once in `mean` on average.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// How long something takes that takes `median` as a rule and now and then much longer: log-normal, `spread` being the
    /// deviation of its logarithm.
    pub fn takes(&mut self, median: f64, spread: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        median * (spread * normal).exp()
    }
}

/// Things of which some come more often than others; there is at least one.
#[derive(Debug, Clone)]
pub struct Weighted<T> {
    things: Vec<T>,
    /// For each the sum of the weights up to and with its own.
    upto: Vec<f64>,
}

impl<T> Weighted<T> {
    /// Things with their weights; those without a positive one are left out. None if nothing is left.
    pub fn new(pairs: impl IntoIterator<Item = (T, f64)>) -> Option<Weighted<T>> {
        let (mut things, mut upto, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for (thing, weight) in pairs.into_iter().filter(|(_, weight)| *weight > 0.0) {
            sum += weight;
            things.push(thing);
            upto.push(sum);
        }
        (!things.is_empty()).then_some(Weighted { things, upto })
    }

    /// Things that come equally often.
    pub fn even(things: impl IntoIterator<Item = T>) -> Option<Weighted<T>> {
        Weighted::new(things.into_iter().map(|thing| (thing, 1.0)))
    }

    /// Whether this is one of them.
    pub fn has<Q: ?Sized>(&self, thing: &Q) -> bool
    where
        T: PartialEq<Q>,
    {
        self.things.iter().any(|known| known == thing)
    }

    /// One of them.
    pub fn draw(&self, dice: &mut Dice) -> &T {
        let last = self.things.len() - 1;
        let point = dice.unit() * self.upto[last];
        &self.things[self.upto.partition_point(|upto| *upto <= point).min(last)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_streams_differ() {
        let throws = |seed, stream| {
            let mut dice = Dice::new(seed, stream);
            (0..8).map(|_| dice.next()).collect::<Vec<_>>()
        };
        assert_eq!(throws(7, 1), throws(7, 1));
        assert_ne!(throws(7, 1), throws(8, 1));
        assert_ne!(throws(7, 1), throws(7, 2));
    }

    #[test]
    fn the_reference_values_of_the_family_come_out() {
        // The first outputs of pcg32-demo (seed 42, sequence 54).
        let mut dice = Dice::new(42, 54);
        let first = [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330, 0x83d2_f293, 0xbfa4_784b, 0xcbed_606e];
        assert_eq!(first.map(|_| dice.next()), first);
    }

    #[test]
    fn durations_have_the_median_and_the_mean_they_are_asked_for() {
        let mut dice = Dice::new(1, 1);
        let mut takes: Vec<f64> = (0..10_001).map(|_| dice.takes(60.0, 0.8)).collect();
        takes.sort_by(f64::total_cmp);
        assert!((takes[5_000] - 60.0).abs() < 3.0, "median {}", takes[5_000]);
        let mean = (0..10_000).map(|_| dice.wait(5.0)).sum::<f64>() / 10_000.0;
        assert!((mean - 5.0).abs() < 0.2, "mean {mean}");
    }

    #[test]
    fn weights_are_kept_and_nothing_cannot_be_drawn_from() {
        let mut dice = Dice::new(1, 1);
        let weighted = Weighted::new([("a", 3.0), ("never", 0.0), ("b", 1.0)]).unwrap();
        let count = (0..10_000).filter(|_| *weighted.draw(&mut dice) == "a").count();
        assert!((7_300..7_700).contains(&count), "{count}");
        assert!(Weighted::<&str>::even([]).is_none());
    }
}
