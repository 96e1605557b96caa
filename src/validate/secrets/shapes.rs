//! What tokens look like that are known by how they begin.

/// What may stand in the body of a token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// Letters and digits.
    Alphanumeric,
    /// Capital letters and digits.
    Capitals,
    /// Digits and `a` to `f`.
    Hex,
    /// Letters, digits, `_` and `-`.
    Word,
}

impl Body {
    pub(super) fn holds(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        }
    }
}

/// How one sort of token looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) prefix: &'static str,
    pub(super) body: Body,
    /// How many bytes its body has.
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) what: &'static str,
}

const fn shape(prefix: &'static str, body: Body, least: usize, most: usize, what: &'static str) -> Shape {
    Shape { prefix, body, least, most, what }
}

use Body::{Alphanumeric, Capitals, Hex, Word};

/// A secret key of `age`, with which SOPS decrypts.
pub(super) const AGE: Shape = shape("AGE-SECRET-KEY-1", Capitals, 58, 58, "a private key of age");

/// All of them, sorted by their prefix.
#[rustfmt::skip]
pub(super) const SHAPES: &[Shape] = &[
    AGE,
    shape("AIza", Word, 35, 35, "a Google API key"),
    shape("AKIA", Capitals, 16, 16, "an AWS access key ID"),
    shape("ASIA", Capitals, 16, 16, "an AWS access key ID"),
    shape("GOCSPX-", Word, 28, 28, "a Google OAuth client secret"),
    shape("NRAK-", Capitals, 27, 27, "a New Relic API key"),
    shape("cio", Alphanumeric, 32, 32, "a crates.io token"),
    shape("dapi", Hex, 32, 32, "a Databricks token"),
    shape("dckr_pat_", Word, 27, 27, "a Docker access token"),
    shape("doo_v1_", Hex, 64, 64, "a DigitalOcean token"),
    shape("dop_v1_", Hex, 64, 64, "a DigitalOcean token"),
    shape("dor_v1_", Hex, 64, 64, "a DigitalOcean token"),
    shape("gho_", Alphanumeric, 36, 255, "a GitHub token"),
    shape("ghp_", Alphanumeric, 36, 255, "a GitHub token"),
    shape("ghr_", Alphanumeric, 36, 255, "a GitHub token"),
    shape("ghs_", Alphanumeric, 36, 255, "a GitHub token"),
    shape("ghu_", Alphanumeric, 36, 255, "a GitHub token"),
    shape("github_pat_", Word, 82, 82, "a GitHub token"),
    shape("glagent-", Word, 50, 300, "a GitLab token"),
    shape("glcbt-", Word, 20, 300, "a GitLab token"),
    shape("gldt-", Word, 20, 300, "a GitLab token"),
    shape("glpat-", Word, 20, 300, "a GitLab token"),
    shape("glptt-", Word, 40, 300, "a GitLab token"),
    shape("glrt-", Word, 20, 300, "a GitLab token"),
    shape("glsa_", Word, 41, 41, "a Grafana token"),
    shape("glsoat-", Word, 20, 300, "a GitLab token"),
    shape("hf_", Alphanumeric, 34, 34, "a Hugging Face token"),
    shape("hvb.", Word, 90, 400, "a Vault token"),
    shape("hvs.", Word, 24, 400, "a Vault token"),
    shape("lin_api_", Alphanumeric, 40, 40, "a Linear API key"),
    shape("npm_", Alphanumeric, 36, 36, "an npm token"),
    shape("pypi-AgE", Word, 70, 400, "a PyPI token"),
    shape("rk_live_", Alphanumeric, 24, 255, "a Stripe key"),
    shape("rubygems_", Hex, 48, 48, "a RubyGems API key"),
    shape("shpat_", Hex, 32, 32, "a Shopify token"),
    shape("shpca_", Hex, 32, 32, "a Shopify token"),
    shape("shppa_", Hex, 32, 32, "a Shopify token"),
    shape("shpss_", Hex, 32, 32, "a Shopify secret"),
    shape("sk-ant-", Word, 80, 200, "an Anthropic API key"),
    shape("sk-proj-", Word, 74, 255, "an OpenAI API key"),
    shape("sk_live_", Alphanumeric, 24, 255, "a Stripe key"),
    shape("tskey-api-", Word, 24, 100, "a Tailscale key"),
    shape("tskey-auth-", Word, 24, 100, "a Tailscale key"),
    shape("whsec_", Alphanumeric, 32, 64, "a webhook's signing secret"),
    shape("xapp-", Word, 40, 255, "a Slack token"),
    shape("xoxa-", Word, 30, 255, "a Slack token"),
    shape("xoxb-", Word, 30, 255, "a Slack token"),
    shape("xoxe-", Word, 30, 255, "a Slack token"),
    shape("xoxp-", Word, 30, 255, "a Slack token"),
    shape("xoxr-", Word, 30, 255, "a Slack token"),
    shape("xoxs-", Word, 30, 255, "a Slack token"),
];

/// Addresses whose last part is all that one must know to post there, and how long that is.
pub(super) const WEBHOOKS: &[(&str, usize, &str)] = &[
    ("hooks.slack.com/services/", 24, "the address of a Slack webhook"),
    ("discord.com/api/webhooks/", 68, "the address of a Discord webhook"),
];

#[cfg(test)]
mod tests {
    use super::super::scan::SHORTEST;
    use super::*;

    #[test]
    fn no_shape_is_shorter_than_what_is_looked_for() {
        assert!(SHAPES.iter().all(|shape| shape.prefix.len() + shape.least >= SHORTEST && shape.least <= shape.most));
        assert!(WEBHOOKS.iter().all(|(_, length, _)| *length >= SHORTEST));
        assert!(SHAPES.is_sorted_by_key(|shape| shape.prefix));
    }
}
