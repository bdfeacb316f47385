//! Service and database are killed under load, by `kill -9` at moments that chance picks: what was
//! acknowledged is there, once, and everybody who was told of is in the access log.
//!
//! Three kills unless `KINSTEAD_SOAK_KILLS` says another number; `KINSTEAD_SOAK_SEED` picks the moments.
#![allow(clippy::print_stdout, reason = "a run tells its seed and its figures")]
mod load;
pub mod site;
mod verdict;

use std::{
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};

use load::Load;
use site::Site;

/// How long the registry may take until it answers again.
const BACK: Duration = Duration::from_secs(30);
/// Clients at work at once.
const WRITERS: usize = 4;
const READERS: usize = 2;

/// What is killed.
#[derive(Debug, Clone, Copy)]
pub enum Victim {
    Service,
    Database,
    Both,
}

const VICTIMS: [Victim; 3] = [Victim::Database, Victim::Service, Victim::Both];

fn number(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().unwrap())
}

#[test]
fn what_was_acknowledged_outlives_kill_9_and_every_look_is_in_the_log() {
    let kills = number("KINSTEAD_SOAK_KILLS").unwrap_or(3);
    let seed = number("KINSTEAD_SOAK_SEED").unwrap_or_else(rand::random);
    println!("KINSTEAD_SOAK_KILLS={kills} KINSTEAD_SOAK_SEED={seed}");
    let begun = Instant::now();
    let mut site = Site::open();
    let load = Load::on(&site);
    let slowest = thread::scope(|scope| {
        let _ending = load.ending();
        for writer in 0..WRITERS {
            let load = &load;
            scope.spawn(move || load.write(writer, &mut chance(seed, writer)));
        }
        for reader in 0..READERS {
            let load = &load;
            scope.spawn(move || load.read(&mut chance(seed, WRITERS + reader)));
        }
        trouble(&mut site, &load, kills, &mut chance(seed, WRITERS + READERS))
    });
    // Once more, with nobody asking: what was acknowledged last is not helped by what follows it.
    site.kill(Victim::Both);
    site.start();
    site.restart_in_peace();
    let told = load.told();
    let figures = verdict::judge(&site, &told);
    println!(
        "{kills} kills under load and one after it; {} writes, {} reads, {} requests sent again, \
         {figures}; back after {} ms at most; {} s in all",
        told.writes.len(),
        told.reads,
        told.again,
        slowest.as_millis(),
        begun.elapsed().as_secs()
    );
}

fn chance(seed: u64, stream: usize) -> ChaCha12Rng {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    random.set_stream(stream as u64);
    random
}

/// Kills, waits until clients are answered again, and so on; the longest time until then.
fn trouble(site: &mut Site, load: &Load, kills: u64, chance: &mut ChaCha12Rng) -> Duration {
    let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
    // Some work is done before the first kill and after the last one, too.
    load.until_answered(chance.random_range(20..120));
    let first: usize = chance.random_range(0..VICTIMS.len());
    for kill in 0..kills {
        let victim = VICTIMS[(first + kill as usize) % VICTIMS.len()];
        // Anywhere in a request: the moment is no multiple of anything.
        thread::sleep(Duration::from_micros(chance.random_range(0..50_000)));
        println!("{:7.3} s: kill -9 of {victim:?}", begun.elapsed().as_secs_f64());
        let since = Instant::now();
        site.kill(victim);
        if !matches!(victim, Victim::Database) {
            site.start();
        }
        load.until_answered(1);
        slowest = slowest.max(since.elapsed());
        site.keep_checkpoint();
        load.until_answered(chance.random_range(20..120));
    }
    slowest
}
