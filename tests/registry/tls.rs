//! Certificates of a test authority, made once a process, and the server's side of TLS.

use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;

/// The names of the server's certificate: this machine, and hosts that are reached through the registry's proxy.
const NAMES: [&str; 12] = [
    "127.0.0.1",
    "localhost",
    "registry.test",
    "realm.test",
    "us-docker.pkg.dev",
    "europe-docker.pkg.dev",
    "artifactregistry.googleapis.com",
    "gcr.io",
    "eu.gcr.io",
    "registry-1.docker.io",
    "auth.docker.io",
    "index.docker.io",
];

pub struct Authority {
    /// The authority's certificate, as PEM.
    pub ca: String,
    /// A client's certificate and key, as PEM.
    pub client: (String, String),
    plain: Arc<ServerConfig>,
    mutual: Arc<ServerConfig>,
}

impl Authority {
    pub fn get() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(Self::make)
    }

    /// The server's side; `mutual` asks the client for a certificate.
    pub fn server(&self, mutual: bool) -> Arc<ServerConfig> {
        Arc::clone(if mutual { &self.mutual } else { &self.plain })
    }

    fn make() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(rcgen::DnType::CommonName, "test authority");
        let key = KeyPair::generate().expect("a key");
        let ca = params.self_signed(&key).expect("a certificate");
        let issuer = Issuer::new(params, key);
        let server = leaf(&issuer, &NAMES, ExtendedKeyUsagePurpose::ServerAuth);
        let (client, client_key) = leaf(&issuer, &["client.test"], ExtendedKeyUsagePurpose::ClientAuth);
        Self {
            plain: config(&server, None),
            mutual: config(&server, Some(&ca)),
            ca: ca.pem(),
            client: (client.pem(), client_key.serialize_pem()),
        }
    }
}

fn leaf(issuer: &Issuer<'_, KeyPair>, names: &[&str], usage: ExtendedKeyUsagePurpose) -> (Certificate, KeyPair) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().expect("a key");
    (params.signed_by(&key, issuer).expect("a certificate"), key)
}

fn config((certificate, key): &(Certificate, KeyPair), clients: Option<&Certificate>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = if let Some(authority) = clients {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).expect("a root");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).expect("a key for the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
