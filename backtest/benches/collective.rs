//! How fast collectives learn, and how much memory a topic takes: medians per event on this machine.
//!
//! The state is measured as JSON; in memory it takes about a third of that (one expert: 32 bytes).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::hint::black_box;
use std::time::Instant;

use quorate_backtest::metrics::bootstrap::SplitMix64;
use quorate_collective::allora::{
    AlloraParams, AlloraScheme, AlloraTopic, BundleLosses, EpochInput,
};
use quorate_collective::{
    BoaPlusSpec, PerWorker, Pool, Quantity, ResolvedEvent, SchemeSpec, WorkerKey,
};

fn main() {
    let boa_plus = SchemeSpec::BoaPlus(BoaPlusSpec::default());
    println!("scheme           workers   update ms   predict ms   events/s (both)   state bytes");
    for (name, spec, quantity, workers, events) in [
        ("BOA+", &boa_plus, Quantity::Probability, 10, 50_000),
        ("BOA+", &boa_plus, Quantity::Probability, 300, 20_000),
        ("BOA+", &boa_plus, Quantity::Probability, 1_000, 5_000),
        (
            "market blend",
            &SchemeSpec::traded(),
            Quantity::Probability,
            300,
            10_000,
        ),
        (
            "price experts",
            &SchemeSpec::PriceExperts,
            Quantity::Price,
            128,
            500,
        ),
        (
            "price experts",
            &SchemeSpec::PriceExperts,
            Quantity::Price,
            1_000,
            3_000,
        ),
    ] {
        pool(name, spec, quantity, workers, events);
    }
    ridge();
    allora();
}

struct Rows(SplitMix64);

impl Rows {
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn event(&mut self, quantity: Quantity, workers: usize) -> ResolvedEvent {
        let truth = self.unit();
        let scale = match quantity {
            Quantity::Probability => 1.0,
            Quantity::Price => 100.0,
        };
        let x = (0..workers)
            .map(|_| Some(scale * (0.7 * truth + 0.3 * self.unit())))
            .collect();
        let outcome = match quantity {
            Quantity::Probability => f64::from(u8::from(self.unit() < truth)),
            Quantity::Price => scale * truth,
        };
        ResolvedEvent {
            x,
            market: Some(0.05 + 0.9 * truth),
            outcome,
        }
    }
}

fn pool(name: &str, spec: &SchemeSpec, quantity: Quantity, workers: usize, events: usize) {
    let mut pool: Pool = spec.build(quantity).unwrap();
    (0..workers).for_each(|_| {
        pool.register();
    });
    let mut rows = Rows(SplitMix64::new(7));
    let pick: Vec<ResolvedEvent> = (0..256).map(|_| rows.event(quantity, workers)).collect();
    let (mut predicting, mut learning) = (Vec::new(), Vec::new());
    for event in pick.iter().cycle().take(events) {
        let started = Instant::now();
        black_box(pool.value(&event.x, event.market));
        predicting.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        pool.resolve(std::slice::from_ref(event), 1.0).unwrap();
        learning.push(started.elapsed().as_secs_f64());
    }
    let (predicting, learning) = (median(predicting), median(learning));
    let bytes = serde_json::to_vec(&pool).unwrap().len();
    println!(
        "{name:<15} {workers:>8} {:>11.4} {:>12.4} {:>17.0} {bytes:>13}",
        1e3 * learning,
        1e3 * predicting,
        1.0 / (learning + predicting)
    );
}

/// Ridge stacking alone by number of workers: where it has to abstain.
fn ridge() {
    for workers in [32, 64, 128, 129] {
        pool(
            "ridge stack",
            &SchemeSpec::RidgeStack,
            Quantity::Price,
            workers,
            200,
        );
    }
}

/// A median is not moved by other programs that take the processor for a while.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn allora() {
    const INFERERS: u32 = 32;
    const FORECASTERS: u32 = 6;
    const EPOCHS: usize = 5_000;
    let mut topic = AlloraTopic::new(AlloraParams::usual(AlloraScheme::V016)).unwrap();
    let mut rows = Rows(SplitMix64::new(11));
    let epochs: Vec<(EpochInput, f64)> = (0..64)
        .map(|_| {
            let truth = rows.unit();
            let mut inferences = PerWorker::new();
            for worker in 0..INFERERS {
                inferences.insert(WorkerKey(worker), vec![truth + 0.1 * rows.unit()]);
            }
            let mut forecasts = PerWorker::new();
            for forecaster in 0..FORECASTERS {
                let mut losses = PerWorker::new();
                for worker in 0..INFERERS {
                    losses.insert(WorkerKey(worker), -3.0 + rows.unit());
                }
                forecasts.insert(WorkerKey(100 + forecaster), losses);
            }
            let input = EpochInput {
                inferences,
                forecasts,
            };
            (input, truth)
        })
        .collect();
    let mut times = Vec::new();
    for (input, truth) in epochs.iter().cycle().take(EPOCHS) {
        let started = Instant::now();
        let bundle = topic.infer(input).unwrap();
        let losses = BundleLosses::of(&bundle, |value| {
            libm::log10(((value[0] - truth) * (value[0] - truth)).max(1e-12))
        });
        black_box(topic.observe(&losses).unwrap());
        times.push(started.elapsed().as_secs_f64());
    }
    let rate = 1.0 / median(times);
    let bytes = serde_json::to_vec(&topic).unwrap().len();
    println!(
        "Allora v0.16, {INFERERS} inferers, {FORECASTERS} forecasters, all one-outs and one-ins: {rate:.0} epochs/s, \
         state {bytes} bytes"
    );
}
