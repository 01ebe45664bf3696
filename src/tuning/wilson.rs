//! A share with its confidence band.

use super::survival::Confidence;

/// `count` of `of`, with the interval of E. B. Wilson ("Probable Inference, the Law of Succession, and
/// Statistical Inference", JASA 22 (1927) 209–212), which also holds for few cases and for shares near 0 and 1.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Proportion {
    /// Cases.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Proportion {
    /// `count` must not exceed `of`.
    pub fn new(count: u64, of: u64, confidence: Confidence) -> Self {
        if of == 0 {
            return Proportion { count, of, low: 0.0, high: 1.0 };
        }
        let (n, z) = (of as f64, confidence.deviations());
        let share = count as f64 / n;
        let scale = 1.0 + z * z / n;
        let middle = (share + z * z / (2.0 * n)) / scale;
        let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if count == of { 1.0 } else { (middle + half).min(1.0) };
        Proportion { count, of, low, high }
    }

    /// The estimate; `None` of nothing.
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_other_implementations() {
        // SciPy 1.17: scipy.stats.binomtest(count, 100).proportion_ci(method="wilson").
        for (count, low, high) in [
            (0, 0.0, 0.036_993),
            (3, 0.010_255, 0.084_521),
            (81, 0.722_212, 0.874_852),
            (100, 0.963_007, 1.0),
        ] {
            let share = Proportion::new(count, 100, Confidence::P95);
            assert!((share.low - low).abs() < 2e-6 && (share.high - high).abs() < 2e-6, "{share:?}");
        }
    }
}
