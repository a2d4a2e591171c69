//! The export over HTTP. Source: the OTLP specification, "OTLP/HTTP".

use std::{io::Read, path::Path};

use prost::Message;
use ureq::{
    Agent, Error as HttpError, Proxy,
    http::{Uri, header},
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig},
};

use super::{
    journey::Told,
    message::{ExportResponse, Status, TestSpan},
    step::StepError,
    target::{Certificates, Target},
    tls,
};

/// How a message is called.
const PROTOBUF: &str = "application/x-protobuf";
/// The most that is read of an answer, in bytes.
const LARGEST_ANSWER: u64 = 64 << 10;
/// The most that is shown of an answer that is text, in characters.
const LONGEST_TEXT: usize = 200;

/// The proxy that the usual variables put between, as exporters heed it: its host and port.
pub(super) fn proxy(target: &Target) -> Option<String> {
    let uri: Uri = target.url.as_str().parse().ok()?;
    let proxy = Proxy::try_from_env().filter(|proxy| !proxy.is_no_proxy(&uri))?;
    Some(format!("{}:{}", proxy.host(), proxy.port()))
}

/// Sends the span.
pub(super) fn export(target: &Target, span: &TestSpan) -> Result<Told<()>, StepError> {
    let mut agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(target.timeout))
        .user_agent(crate::USER_AGENT);
    if let Some(certificates) = &target.tls {
        agent = agent.tls_config(tls_config(certificates)?);
    }
    let agent = agent.build().new_agent();
    let mut request = agent.post(target.url.as_str()).header(header::CONTENT_TYPE, PROTOBUF);
    for (name, value) in &target.headers {
        request = request.header(name, value);
    }
    let failed = |error| match error {
        HttpError::Timeout(_) => StepError::Late(target.timeout),
        error => StepError::Http(Box::new(error)),
    };
    let response = request.send(&span.request()[..]).map_err(failed)?;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_message = kind.is_some_and(|kind| kind.as_bytes().starts_with(PROTOBUF.as_bytes()));
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.map(|to| format!("it leads to {to}, where exporters do not follow"));
    let mut body = Vec::new();
    let read = response.into_body().into_reader().take(LARGEST_ANSWER).read_to_end(&mut body);
    if status.is_success() {
        read.map_err(|source| StepError::Answer(source.to_string()))?;
        accepted(is_message, &body)?;
        return Ok(Told { value: (), detail: format!("HTTP status {}", status.as_u16()) });
    }
    let message = location.unwrap_or_else(|| {
        if is_message { Status::decode(&body[..]).unwrap_or_default().message } else { text(&body) }
    });
    Err(StepError::Status { status: status.as_u16(), message })
}

/// Looks whether the span was taken: what is no message of OTLP comes from something else than a receiver.
fn accepted(is_message: bool, body: &[u8]) -> Result<(), StepError> {
    // Some receivers answer in JSON whatever they are sent: `{"partialSuccess":{}}`.
    let is_json = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body).is_ok();
    if body.is_empty() || is_json {
        return Ok(());
    }
    if !is_message {
        return Err(StepError::Answer(text(body)));
    }
    let response = ExportResponse::decode(body).map_err(|error| StepError::Answer(error.to_string()))?;
    taken(response)
}

/// Looks whether a receiver took the span.
pub(super) fn taken(response: ExportResponse) -> Result<(), StepError> {
    match response.partial_success {
        Some(partial) if partial.rejected_spans > 0 => Err(StepError::Rejected(partial.error_message)),
        _ => Ok(()),
    }
}

/// The certificates as the HTTP client takes them.
fn tls_config(certificates: &Certificates) -> Result<TlsConfig, StepError> {
    let roots = match &certificates.authority {
        None => RootCerts::PlatformVerifier,
        Some(path) => RootCerts::new_with_certs(&chain(path)?),
    };
    let client = certificates.client.as_ref().map(|(certificate, key)| {
        let chain = chain(certificate)?;
        let pem = tls::read(key)?;
        let key = PrivateKey::from_pem(pem.as_bytes()).map_err(|error| tls::unreadable(key, error))?;
        Ok(ClientCert::new_with_certs(&chain, key))
    });
    Ok(TlsConfig::builder().root_certs(roots).client_cert(client.transpose()?).build())
}

/// The certificates of a file as the HTTP client takes them.
fn chain(path: &Path) -> Result<Vec<Certificate<'static>>, StepError> {
    Ok(tls::chain(path)?.iter().map(|one| Certificate::from_der(one).to_owned()).collect())
}

/// The start of a text that a server sends.
fn text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.trim().chars().take(LONGEST_TEXT).collect()
}
