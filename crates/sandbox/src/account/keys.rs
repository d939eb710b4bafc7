//! RSA keys of applications: made, written as PEM and read.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::KeyPair as _;

use super::Refusal;

/// An RSA-2048 key pair: (SPKI PEM, PKCS#8 PEM). Takes tens of milliseconds to seconds of one core.
pub(super) async fn new_key_pair() -> Result<(String, String), Refusal> {
    let made = tokio::task::spawn_blocking(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let private: Pkcs8V1Der = pair.as_der()?;
        let public: PublicKeyX509Der = pair.public_key().as_der()?;
        Ok::<_, aws_lc_rs::error::Unspecified>((
            write_pem("PUBLIC KEY", public.as_ref()),
            write_pem("PRIVATE KEY", private.as_ref()),
        ))
    });
    made.await.ok().and_then(Result::ok).ok_or(Refusal::KeyGeneration)
}

fn write_pem(tag: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(tag, der), config)
}

/// The DER of an RSA public key in PEM (SPKI or PKCS#1), or nothing.
pub fn public_key_der(text: &str) -> Option<Vec<u8>> {
    let block = pem::parse(text).ok()?;
    PublicKey::from_der(block.contents()).ok()?;
    Some(block.into_contents())
}
