//! Means, deviations and percentiles in which a value that is not known (NaN) has no part.

fn known(values: &[f64]) -> impl Iterator<Item = f64> + Clone {
    values.iter().copied().filter(|value| !value.is_nan())
}

/// The arithmetic mean; NaN of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    known(values).sum::<f64>() / known(values).count() as f64
}

/// The standard deviation with `count - less` in the denominator; NaN where that isn't positive.
///
/// Of equal values it is exactly zero, which a rounded mean wouldn't give.
pub(super) fn deviation(values: &[f64], less: usize) -> f64 {
    let count = known(values).count();
    if count <= less {
        return f64::NAN;
    }
    let (least, most) = known(values)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if least >= most {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = known(values).map(|value| (value - mean).powi(2)).sum();
    (squares / (count - less) as f64).sqrt()
}

/// The value below which `percent` of the values lie, interpolated linearly between the two nearest;
/// NaN of nothing and where one isn't known.
pub(super) fn percentile(values: &[f64], percent: f64) -> f64 {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let place = (percent / 100.0 * last as f64).clamp(0.0, last as f64);
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[place.ceil() as usize];
    low + (high - low) * (place - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_has_no_part() {
        assert!((mean(&[f64::NAN, 1.0, 3.0]) - 2.0).abs() < 1e-15);
        assert!((deviation(&[1.0, f64::NAN, 3.0], 1) - 2f64.sqrt()).abs() < 1e-15);
        assert!(
            mean(&[]).is_nan() && deviation(&[1.0], 1).is_nan() && percentile(&[], 5.0).is_nan()
        );
    }

    #[test]
    fn equal_values_do_not_deviate() {
        // The mean of nine times 0.01 is not 0.01 in doubles.
        assert!(deviation(&[0.01; 9], 1).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn percentiles_lie_between_their_neighbours() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (percent, value) in [(0.0, 1.0), (50.0, 2.5), (95.0, 3.85), (100.0, 4.0)] {
            assert!((percentile(&values, percent) - value).abs() < 1e-12, "{percent} %");
        }
    }
}
