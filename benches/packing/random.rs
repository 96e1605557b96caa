//! Pseudo-random choices that are the same on every machine and in every version of every library.

/// The words that made-up names and prose are built from.
#[rustfmt::skip]
const WORDS: [&str; 64] = [
    "account", "address", "alert", "archive", "audit", "basket", "batch", "billing", "booking", "broker", "cache",
    "campaign", "catalog", "channel", "checkout", "claim", "cluster", "contract", "coupon", "courier", "customer",
    "delivery", "device", "discount", "document", "event", "export", "feed", "gateway", "identity", "import", "index",
    "inventory", "invoice", "ledger", "listing", "loyalty", "mailer", "market", "media", "message", "metric",
    "notice", "offer", "order", "parcel", "partner", "payment", "policy", "price", "profile", "quota", "refund",
    "report", "review", "route", "search", "session", "shipment", "stock", "supplier", "ticket", "voucher",
    "warehouse",
];

/// A generator of numbers (`SplitMix64`), seeded by what the numbers are for.
pub(crate) struct Random(u64);

impl Random {
    /// The generator for the file with this number in the tree with this seed.
    pub(crate) fn for_file(tree: u64, file: usize) -> Self {
        Self((tree << 32) ^ file as u64)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, not including, `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// One of the choices.
    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let choice = self.between(0, choices.len() as u64);
        usize::try_from(choice).map_or("", |choice| choices[choice])
    }

    pub(crate) fn word(&mut self) -> &'static str {
        self.pick(&WORDS)
    }

    /// Hexadecimal digits, a multiple of sixteen of them: what does not compress below half.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits / 16).map(|_| format!("{:016x}", self.next())).collect()
    }

    /// A sentence of so many words.
    pub(crate) fn sentence(&mut self, words: usize) -> String {
        const GLUE: [&str; 12] =
            ["the", "of a", "and", "is", "for each", "when", "to", "in", "by the", "not", "or", "per"];
        let mut sentence = String::from("The");
        for position in 0..words {
            sentence.push(' ');
            sentence.push_str(if position % 2 == 0 { self.word() } else { self.pick(&GLUE) });
        }
        sentence.push('.');
        sentence
    }
}
