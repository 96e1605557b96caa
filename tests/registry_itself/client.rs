//! The plainest client: what a test writes goes out as it is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::registry::{Registry, sha256};

pub const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

trait Socket: Read + Write {}
impl<T: Read + Write> Socket for T {}

pub struct Client {
    stream: BufReader<Box<dyn Socket>>,
    host: String,
    /// Sent with every request.
    pub authorization: Option<String>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    /// A connection to the registry's own host, or another of its names.
    pub fn of(registry: &Registry) -> Self {
        Self::to(&registry.host())
    }

    pub fn to(host: &str) -> Self {
        let address = host.replace("localhost", "127.0.0.1");
        Self::on(Box::new(TcpStream::connect(address).expect("a connection")), host)
    }

    fn on(socket: Box<dyn Socket>, host: &str) -> Self {
        Self { stream: BufReader::new(socket), host: host.to_owned(), authorization: None }
    }

    /// Over TLS, on a connection that is there already.
    pub fn encrypted(stream: TcpStream, host: &str, with_certificate: bool) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(Registry::ca_pem().as_bytes()).expect("PEM")).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let builder = builder.with_root_certificates(roots);
        let config = if with_certificate {
            let (certificate, key) = Registry::client_pem();
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
            builder.with_client_auth_cert(vec![certificate], key).expect("a certificate")
        } else {
            builder.with_no_client_auth()
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
        let session =
            ClientConnection::new(Arc::new(config), name.try_into().expect("a name")).map_err(io::Error::other)?;
        Ok(Self::on(Box::new(StreamOwned::new(session, stream)), host))
    }

    /// A request and its answer.
    pub fn ask(&mut self, method: &str, target: &str, headers: &[&str], body: &[u8]) -> io::Result<Reply> {
        self.send(method, target, headers, body)?;
        self.receive(method)
    }

    /// The same, which must be answered.
    pub fn must(&mut self, method: &str, target: &str, headers: &[&str], body: &[u8]) -> Reply {
        self.ask(method, target, headers, body).expect("an answer")
    }

    pub fn get(&mut self, target: &str) -> Reply {
        self.must("GET", target, &[], b"")
    }

    pub fn send(&mut self, method: &str, target: &str, headers: &[&str], body: &[u8]) -> io::Result<()> {
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if let Some(authorization) = &self.authorization {
            text += &format!("Authorization: {authorization}\r\n");
        }
        for header in headers {
            text += &format!("{header}\r\n");
        }
        if matches!(method, "POST" | "PUT" | "PATCH")
            && !headers.iter().any(|header| header.starts_with("Transfer-Encoding"))
        {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        self.raw(&[text.as_bytes(), b"\r\n", body].concat())
    }

    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)?;
        self.stream.get_mut().flush()
    }

    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    /// Reads until `bytes` is full.
    pub fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.stream.read_exact(bytes)
    }

    pub fn receive(&mut self, method: &str) -> io::Result<Reply> {
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status: u16 = status.ok_or_else(|| io::Error::other(line))?;
        let mut reply = Reply { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| io::Error::other(line.clone()))?;
            reply.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length: usize = reply.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        if method != "HEAD" && status != 204 {
            reply.body = vec![0; length];
            self.stream.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }

    /// Opens an upload; gives its location.
    pub fn open(&mut self, repository: &str) -> String {
        let reply = self.must("POST", &format!("/v2/{repository}/blobs/uploads/"), &[], b"");
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.header("Location").expect("a location").to_owned()
    }

    /// POST and PUT; gives the digest.
    pub fn push_blob(&mut self, repository: &str, bytes: &[u8]) -> String {
        let (location, digest) = (self.open(repository), sha256(bytes));
        let reply = self.must("PUT", &with_digest(&location, &digest), &[], bytes);
        assert_eq!(reply.status, 201, "{}", reply.text());
        digest
    }

    pub fn push_manifest(&mut self, repository: &str, reference: &str, bytes: &str) -> Reply {
        let header = format!("Content-Type: {OCI}");
        self.must("PUT", &format!("/v2/{repository}/manifests/{reference}"), &[&header], bytes.as_bytes())
    }

    pub fn manifest(&mut self, method: &str, repository: &str, reference: &str) -> Reply {
        self.must(method, &format!("/v2/{repository}/manifests/{reference}"), &[&format!("Accept: {OCI}")], b"")
    }
}

/// An upload's location with the digest that closes it.
pub fn with_digest(location: &str, digest: &str) -> String {
    format!("{location}{}digest={digest}", if location.contains('?') { '&' } else { '?' })
}

/// A manifest of a config and a layer.
pub fn manifest_of(config: &str, layer: &str) -> String {
    serde_json::json!({
        "schemaVersion": 2, "mediaType": OCI,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2 },
        "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer, "size": 5 }],
    })
    .to_string()
}
