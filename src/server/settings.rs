//! From the configuration to what the service wants.
//!
//! Promises: every number in the unit of whoever uses it. Does not: open anything.

use crate::config::{
    AbuseConfig, Config, LegalConfig, PeopleConfig, RetentionConfig, RevokedKeys, SecondFactor,
    SignalsConfig, TwoPeopleConfig,
};
use crate::domain::attempt::Patience;
use crate::domain::keyring::Revoked;
use crate::domain::proposal::Terms;
use crate::domain::quota::Quotas;
use crate::domain::session::{FactorAsked, Limits};
use crate::domain::signal::Thresholds;
use crate::service::people::Choices;
use crate::service::people::password::Cost;
use crate::service::purge::Retention;
use crate::service::{Legal, Settings};

/// What an installation chooses, as the service wants it; without mail and provider.
#[must_use]
pub fn settings(config: &Config) -> Settings {
    let server = &config.server;
    let revoked = match config.redeeming.revoked_keys {
        RevokedKeys::Refuse => Revoked::Refused,
        RevokedKeys::ByCode => Revoked::Accepted,
    };
    let people = choices(&config.people);
    let (host, help_line) = (server.host.clone(), server.help_line.clone());
    let quotas = quotas(&config.abuse);
    let two_people = terms(&config.two_people);
    let signals = thresholds(&config.signals);
    let legal = legal(&config.legal);
    let (post, openid, breaches) = (None, None, None);
    Settings {
        host,
        help_line,
        revoked,
        people,
        post,
        two_people,
        openid,
        breaches,
        quotas,
        signals,
        legal,
    }
}

/// How long things are kept, as the service wants it.
#[must_use]
pub fn retention(config: &RetentionConfig) -> Retention {
    let days = |days: u32| i64::from(days) * 86_400;
    Retention {
        attempts: days(config.attempts_days),
        refused: days(config.refused_attempts_days),
        signals: days(config.signals_days),
        people: days(config.people_days),
        accounting_years: i64::from(config.accounting_years),
    }
}

fn legal(config: &LegalConfig) -> Legal {
    let LegalConfig { publisher, address, director, hosting, contact } = config.clone();
    Legal { publisher, address, director, hosting, contact }
}

fn thresholds(config: &SignalsConfig) -> Thresholds {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let seconds = |minutes: u32| i64::from(minutes) * 60;
    Thresholds {
        pace: count(config.pace),
        whole_book_vouchers: count(config.whole_book_vouchers),
        whole_book_seconds: seconds(config.whole_book_minutes),
        whole_books: count(config.whole_books),
        copies: count(config.copies),
        unknown_codes: count(config.unknown_codes),
        unknown_codes_percent: count(config.unknown_codes_percent),
        capacity_percent: config.capacity_percent.into(),
        steering_books: count(config.steering_books),
        after_hours_vouchers: count(config.after_hours_vouchers),
        after_hours_days: count(config.after_hours_days),
        after_hours_margin_minutes: config.after_hours_margin_minutes,
        offline_seconds: seconds(config.offline_minutes),
        offline_scans: count(config.offline_scans),
        clock_ahead_seconds: seconds(config.clock_ahead_minutes),
        clock_ahead_scans: count(config.clock_ahead_scans),
        from_stock_books: count(config.from_stock_books),
    }
}

fn quotas(config: &AbuseConfig) -> Quotas {
    let lock_seconds = i64::from(config.unknown_codes_lock_minutes) * 60;
    let patience = |most: u32| Patience {
        slow_from: i64::from(most.div_ceil(2)),
        lock_from: i64::from(most),
        lock_seconds,
    };
    Quotas {
        sign_ins: config.sign_ins_per_address,
        statuses: config.statuses_per_address,
        address: config.requests_per_address,
        redemptions: config.redemptions_per_device,
        program_redemptions: config.redemptions_per_program,
        checks: config.checks_per_caller,
        exports: config.exports_per_caller,
        prints: config.prints_per_caller,
        caller: config.requests_per_caller,
        codes: config.unknown_codes_per_caller.map(patience),
        // To slow an address would slow colleagues of whoever guesses there.
        address_codes: config.unknown_codes_per_address.map(|most| {
            let patience = patience(most);
            Patience { slow_from: patience.lock_from, ..patience }
        }),
    }
}

/// What two people decide.
fn terms(config: &TwoPeopleConfig) -> Terms {
    let TwoPeopleConfig { order_cents, vouchers, bank_account_hours, proposal_days } = *config;
    Terms {
        order_cents,
        vouchers,
        bank_account_seconds: i64::from(bank_account_hours) * 3600,
        proposal_seconds: i64::from(proposal_days) * 86_400,
    }
}

fn choices(config: &PeopleConfig) -> Choices {
    let (minute, hour, day) = (60, 3600, 86_400);
    let times = |count: u32, unit: i64| i64::from(count) * unit;
    Choices {
        limits: Limits {
            idle: times(config.idle_minutes, minute),
            longest: times(config.longest_hours, hour),
            counter_idle: times(config.counter_idle_hours, hour),
            counter_longest: times(config.counter_longest_days, day),
            fresh_factor: times(config.fresh_factor_minutes, minute),
        },
        factor_asked: match config.second_factor {
            SecondFactor::Money => FactorAsked::Money,
            SecondFactor::Everyone => FactorAsked::Everyone,
        },
        cost: Cost {
            memory_kib: config.password_memory_kib,
            passes: config.password_passes,
            at_once: config.passwords_at_once,
        },
        invitation: times(config.invitation_days, day),
        reset: times(config.reset_minutes, minute),
    }
}
