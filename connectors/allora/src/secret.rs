//! A text that must not be seen: the API key.

use zeroize::Zeroizing;

/// A secret text. It can be used but not looked at: there is no `Debug`, no `Display`, no `Serialize`, and its memory is
/// overwritten when it is dropped.
///
/// ```compile_fail,E0277
/// let key = quorate_allora::Secret::new("sesame".to_owned());
/// format!("{key:?}");
/// ```
///
/// ```compile_fail,E0277
/// let key = quorate_allora::Secret::new("sesame".to_owned());
/// format!("{key}");
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over. Where it comes from (environment, file, key store) is the caller's business.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one request header that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of the secret replaced: servers quote requests in their complaints.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            text.to_owned()
        } else {
            text.replace(self.0.as_str(), "(key)")
        }
    }
}
