//! empyrical's own functions, arguments and results, recorded from its tests.

use std::collections::BTreeMap;

use domain::Time;
use domain::ledger::performance::{Period, Rate, Returns, empyrical};
use serde_json::Value;

use super::{number, real, text};

/// How many vectors the file has.
const VECTORS: usize = 711;

/// The place of arguments that are given by name only.
const BY_NAME: usize = usize::MAX;

struct Vector(Value);

impl Vector {
    fn name(&self) -> &str {
        self.0["fn"].as_str().unwrap()
    }

    /// The argument of that name, or at that place.
    fn argument(&self, name: &str, place: usize) -> Option<&Value> {
        self.0["kwargs"].get(name).or_else(|| self.0["args"].get(place))
    }

    fn number(&self, name: &str, place: usize, default: f64) -> f64 {
        self.argument(name, place).map_or(default, number)
    }

    fn period(&self) -> Period {
        match self.0["kwargs"].get("period").map(|name| name.as_str().unwrap()) {
            None | Some("daily") => Period::Daily,
            Some("weekly") => Period::Weekly,
            Some("monthly") => Period::Monthly,
            Some("quarterly") => Period::Quarterly,
            Some("yearly") => Period::Yearly,
            Some(name) => panic!("`{name}` is no period"),
        }
    }
}

/// The numbers of a series, an array or, column after column, a frame.
fn columns(value: &Value) -> Vec<Vec<f64>> {
    let numbers = |list: &Value| list.as_array().unwrap().iter().map(number).collect::<Vec<f64>>();
    if let Some(list) = value.get("array").or_else(|| value.get("series")) {
        return vec![numbers(list)];
    }
    let Some(frame) = value.get("frame") else { return vec![vec![number(value)]] };
    let rows: Vec<Vec<f64>> = frame["data"].as_array().unwrap().iter().map(numbers).collect();
    let width = frame["columns"].as_array().unwrap().len();
    (0..width).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// Both series through [`Returns`], at the times that they share.
fn aligned(ours: &[f64], vector: &Vector) -> (Vec<f64>, Vec<f64>) {
    let other = vector.argument("factor_returns", 1).unwrap();
    assert_eq!(vector.0["args"][0]["index"], other["index"], "the recorded indices are the same");
    let timed = |values: &[f64]| {
        let time = |day: usize| Time::from_micros(day as i64 * 86_400_000_000).unwrap();
        Returns::new(values.iter().enumerate().map(|(day, value)| (time(day), *value)))
    };
    timed(ours).aligned(&timed(&columns(other)[0]))
}

fn metric(vector: &Vector, returns: &[f64]) -> Vec<f64> {
    let period = vector.period();
    let series =
        |name| vector.argument(name, 1).filter(|v| v.is_object()).map(|v| columns(v).remove(0));
    let listed =
        series("risk_free").or_else(|| series("required_return")).or(series("factor_returns"));
    let rate = |name| match &listed {
        Some(list) => Rate::Series(list),
        None => Rate::Constant(vector.number(name, 1, 0.0)),
    };
    let start = vector.number("starting_value", BY_NAME, 0.0);
    let window = vector.number("window", BY_NAME, f64::NAN) as usize;
    let pair = |of: fn(&[f64], &[f64], Period) -> f64| {
        let (ours, theirs) = aligned(returns, vector);
        vec![of(&ours, &theirs, period)]
    };
    match vector.name() {
        "simple_returns" => empyrical::simple_returns(returns),
        "cum_returns" => empyrical::cum_returns(returns, start),
        "cum_returns_final" => vec![empyrical::cum_returns_final(returns, start)],
        "max_drawdown" => vec![empyrical::max_drawdown(returns)],
        "roll_max_drawdown" => empyrical::rolling(returns, window, empyrical::max_drawdown),
        "roll_sharpe_ratio" => empyrical::rolling(returns, window, |part| {
            empyrical::sharpe_ratio(part, Rate::Constant(0.0), period)
        }),
        "annual_return" | "cagr" => vec![empyrical::annual_return(returns, period)],
        "annual_volatility" => vec![empyrical::annual_volatility(returns, period)],
        "calmar_ratio" => vec![empyrical::calmar_ratio(returns, period)],
        "omega_ratio" => {
            let required = vector.number("required_return", 2, 0.0);
            vec![empyrical::omega_ratio(returns, rate("risk_free"), required, period)]
        }
        "sharpe_ratio" => vec![empyrical::sharpe_ratio(returns, rate("risk_free"), period)],
        "sortino_ratio" => vec![empyrical::sortino_ratio(returns, rate("required_return"), period)],
        "downside_risk" => vec![empyrical::downside_risk(returns, rate("required_return"), period)],
        "excess_sharpe" => vec![empyrical::excess_sharpe(returns, rate("factor_returns"))],
        "stability_of_timeseries" => vec![empyrical::stability_of_timeseries(returns)],
        "tail_ratio" => vec![empyrical::tail_ratio(returns)],
        "value_at_risk" => {
            vec![empyrical::value_at_risk(returns, vector.number("cutoff", 1, 0.05))]
        }
        "conditional_value_at_risk" => {
            vec![empyrical::conditional_value_at_risk(returns, vector.number("cutoff", 1, 0.05))]
        }
        "capture" => pair(empyrical::capture),
        "up_capture" => pair(empyrical::up_capture),
        "down_capture" => pair(empyrical::down_capture),
        "batting_average" => {
            let (ours, theirs) = aligned(returns, vector);
            let batting = empyrical::batting_average(&ours, &theirs);
            vec![batting.all, batting.up, batting.down]
        }
        name => panic!("`{name}` is not known"),
    }
}

/// Equal to eight digits; NaN to NaN, and an infinity to the same one.
fn equal(ours: f64, theirs: f64) -> bool {
    ours.is_nan() && theirs.is_nan()
        || ours.to_bits() == theirs.to_bits()
        || (ours - theirs).abs() <= 1e-8 * theirs.abs().max(1.0)
}

#[test]
fn every_recorded_result_comes_out() {
    let Some(path) = real("metrics/empyrical_vectors.jsonl.gz") else { return };
    let mut run: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    // Python's JSON has words for what JSON has no numbers for.
    let lines = text(&path).replace("NaN", "null").replace("Infinity", "\"inf\"");
    for (line, json) in lines.lines().enumerate() {
        let vector = Vector(serde_json::from_str(json).unwrap());
        let ours: Vec<f64> = columns(&vector.0["args"][0])
            .iter()
            .flat_map(|column| metric(&vector, column))
            .collect();
        let theirs: Vec<f64> = columns(&vector.0["result"]).concat();
        let same = ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|(ours, theirs)| equal(*ours, *theirs));
        if !same {
            wrong.push(format!("line {} {}: {ours:?}, not {theirs:?}", line + 1, vector.name()));
        }
        *run.entry(vector.name().to_owned()).or_default() += 1;
    }
    for (name, count) in &run {
        println!("{name}: {count} vectors");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(run.values().sum::<usize>(), VECTORS);
}
