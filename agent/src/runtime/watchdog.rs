//! The watchdog: a thread of its own, with an arithmetic of its own, that can only stop things.
//!
//! It sees when the event loop last turned, how many orders went out, and what the account was worth at the start and
//! now. It shares no code with the limits inside the decision core, so that one defect does not blind both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::kill_switch::{KillModeWord, KillOrder, KillSwitch};

/// How often it looks: well below the second within which a stop must work.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What it does not put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchdogLimits {
    /// Longest silence of the event loop.
    pub loop_silence_max: Duration,
    /// Most orders in any ten seconds.
    pub orders_per_ten_seconds_max: u64,
    /// Largest loss since the start, in parts per million of the worth at the start.
    pub loss_ppm_max: u32,
}

impl Default for WatchdogLimits {
    fn default() -> Self {
        Self {
            loop_silence_max: Duration::from_secs(10),
            orders_per_ten_seconds_max: 60,
            loss_ppm_max: 50_000,
        }
    }
}

/// What the event loop tells it. All of it can be told without waiting.
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    beat_ms: AtomicU64,
    orders: AtomicU64,
    equity_at_start: AtomicI64,
    equity: AtomicI64,
}

impl Pulse {
    /// Nothing told yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            beat_ms: AtomicU64::new(0),
            orders: AtomicU64::new(0),
            equity_at_start: AtomicI64::new(0),
            equity: AtomicI64::new(0),
        })
    }

    /// The loop turned.
    pub fn beat(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat_ms.store(now, Ordering::Relaxed);
    }

    /// Orders went out.
    pub fn sent(&self, orders: u64) {
        self.orders.fetch_add(orders, Ordering::Relaxed);
    }

    /// What the account is worth, micro-dollars. The first amount that is not zero is the one at the start.
    pub fn worth(&self, micros: i64) {
        if micros != 0 {
            let _ = self.equity_at_start.compare_exchange(
                0,
                micros,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
        self.equity.store(micros, Ordering::Relaxed);
    }

    /// Money came in or went out: no gain and no loss.
    pub fn capital(&self, micros: i64) {
        self.equity.fetch_add(micros, Ordering::Relaxed);
        self.equity_at_start.fetch_add(micros, Ordering::Relaxed);
    }

    /// Time since the loop last turned.
    #[must_use]
    pub fn silence(&self) -> Duration {
        let beat = Duration::from_millis(self.beat_ms.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(beat)
    }

    fn loss(&self) -> (i64, i64) {
        let start = self.equity_at_start.load(Ordering::Relaxed);
        (start, start - self.equity.load(Ordering::Relaxed))
    }
}

/// A running watchdog; it ends when dropped.
#[derive(Debug)]
pub struct Watchdog {
    ends: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watchdog {
    /// Starts watching.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        limits: WatchdogLimits,
        pulse: Arc<Pulse>,
        switch: KillSwitch,
    ) -> std::io::Result<Self> {
        // The silence before it watches is the start's own: going through a long past is no hung loop.
        pulse.beat();
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || watch(limits, &pulse, &switch, &ended))?;
        Ok(Self {
            ends,
            thread: Some(thread),
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A watchdog that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn watch(limits: WatchdogLimits, pulse: &Pulse, switch: &KillSwitch, ends: &AtomicBool) {
    let mut counted = Vec::with_capacity(101);
    while !ends.load(Ordering::Acquire) {
        switch.look();
        counted.push(pulse.orders.load(Ordering::Relaxed));
        if 100 < counted.len() {
            counted.remove(0);
        }
        let burst = counted
            .last()
            .zip(counted.first())
            .map_or(0, |(l, f)| l - f);
        if !switch.is_thrown()
            && let Some(reason) = verdict(limits, pulse.silence(), burst, pulse.loss())
        {
            tracing::error!(event = "watchdog", %reason, "the watchdog stops trading");
            let order = KillOrder {
                mode: KillModeWord::Cancel,
                reason: format!("watchdog: {reason}"),
                at: jiff::Timestamp::now().to_string(),
            };
            if let Err(error) = switch.throw(&order) {
                tracing::error!(event = "kill_file", %error, "the kill file cannot be written");
            }
        }
        thread::park_timeout(LOOK_EVERY);
    }
}

/// Why trading must stop, if it must.
fn verdict(
    limits: WatchdogLimits,
    silence: Duration,
    burst: u64,
    (start, loss): (i64, i64),
) -> Option<String> {
    if limits.loop_silence_max < silence {
        return Some(format!(
            "the event loop has not turned for {} ms",
            silence.as_millis()
        ));
    }
    if limits.orders_per_ten_seconds_max < burst {
        return Some(format!("{burst} orders within ten seconds"));
    }
    let most = i128::from(start) * i128::from(limits.loss_ppm_max) / 1_000_000;
    if 0 < start && most < i128::from(loss) {
        return Some(format!(
            "the account lost {loss} micro-dollars of {start} since the start"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Pulse, WatchdogLimits, verdict};

    const QUIET: Duration = Duration::from_millis(5);

    #[test]
    fn money_that_comes_in_is_no_gain_and_its_coming_no_loss() {
        let pulse = Pulse::new();
        pulse.capital(10_000_000);
        assert_eq!(pulse.loss(), (10_000_000, 0));
        pulse.worth(9_000_000);
        assert_eq!(pulse.loss(), (10_000_000, 1_000_000));
        pulse.capital(-4_000_000);
        assert_eq!(pulse.loss(), (6_000_000, 1_000_000));
    }

    #[test]
    fn it_stops_for_silence_for_bursts_and_for_losses_and_for_nothing_else() {
        let limits = WatchdogLimits::default();
        assert_eq!(verdict(limits, QUIET, 60, (1_000_000, 50_000)), None);
        assert!(verdict(limits, Duration::from_secs(11), 0, (0, 0)).is_some());
        assert!(verdict(limits, QUIET, 61, (0, 0)).is_some());
        assert!(verdict(limits, QUIET, 0, (1_000_000, 50_001)).is_some());
        // Before the account is funded nothing can be lost.
        assert_eq!(verdict(limits, QUIET, 0, (0, 1)), None);
    }
}
