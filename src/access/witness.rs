//! Witnesses: for a set of requests one of them, concrete enough to be sent.

use std::net::IpAddr;

use super::axis::{Axis, INVALID, VALID};
use super::diagram::NodeId;
use super::formula::Dimension;
use super::request::{Claims, Request, Token};
use super::space::{Placed, Space};
use super::strings::Strings;

impl Space {
    /// One request of a set; `None` if the set is empty. What does not matter is as one would usually send it:
    /// in plaintext, without a token, `GET /`.
    pub fn witness(&self, node: NodeId) -> Option<Request> {
        let chosen = self.diagram.witness(node)?;
        let mut request = Request::new("GET", "example.com", "/");
        let mut claims = Claims::default();
        let mut token = Token::Absent;
        for (dimension, placed) in &self.axes {
            let classes = &chosen[placed.level as usize..placed.end as usize];
            let value = Value { placed, classes };
            match dimension {
                Dimension::Identity => request.identity = value.string(),
                Dimension::Peer => request.peer = value.address().unwrap_or(request.peer),
                Dimension::Client => request.client = value.address().unwrap_or(request.client),
                Dimension::Destination => {
                    request.destination = value.address().unwrap_or(request.destination);
                }
                Dimension::Sni => request.sni = value.string(),
                Dimension::Host => request.host = value.string().unwrap_or(request.host),
                Dimension::Method => request.method = value.string().unwrap_or(request.method),
                Dimension::Path => request.path = value.string().unwrap_or(request.path),
                Dimension::Token => token = value.token(),
                Dimension::Issuer => claims.issuer = value.string(),
                Dimension::Subject => claims.subject = value.string(),
                Dimension::Header(name) => {
                    request.headers.extend(value.strings().map(|values| (*name, values)));
                }
                Dimension::Claim(path) => {
                    claims.others.extend(value.strings().map(|values| (path.clone(), values)));
                }
            }
        }
        request.token = match token {
            Token::Valid(_) => Token::Valid(claims),
            Token::Absent | Token::Invalid => token,
        };
        Some(request)
    }
}

/// The classes that were chosen at the levels of an axis; `None` where any will do.
struct Value<'a> {
    placed: &'a Placed,
    classes: &'a [Option<u32>],
}

impl Value<'_> {
    fn address(&self) -> Option<IpAddr> {
        match (&self.placed.axis, self.classes) {
            (Axis::Address(classes), [Some(class)]) => classes[*class as usize].witness.parse().ok(),
            _ => None,
        }
    }

    fn string(&self) -> Option<String> {
        match (&self.placed.axis, self.classes) {
            (Axis::One { strings, .. }, [beginning, ending]) => {
                string(strings, beginning.map(|class| class as usize), ending.map(|class| class as usize))
            }
            _ => None,
        }
    }

    /// One value of each class in which there must be one; `None` if there need be no value at all.
    fn strings(&self) -> Option<Vec<String>> {
        let Axis::Several(classes) = &self.placed.axis else { return None };
        let present = classes.iter().zip(self.classes).filter(|(_, chosen)| **chosen == Some(1));
        let values: Vec<String> = present.map(|(class, _)| class.witness.clone()).collect();
        (!values.is_empty()).then_some(values)
    }

    fn token(&self) -> Token {
        match self.classes {
            [Some(VALID)] => Token::Valid(Claims::default()),
            [Some(INVALID)] => Token::Invalid,
            _ => Token::Absent,
        }
    }
}

/// A string with the beginning and the ending, or `None` where there need be none: nothing was chosen, or the
/// class of those that have none.
fn string(strings: &Strings, beginning: Option<usize>, ending: Option<usize>) -> Option<String> {
    let beginning = match (beginning, ending) {
        (None, None) => return None,
        (Some(beginning), _) => beginning,
        (None, Some(ending)) => {
            (0..strings.beginning_count()).find(|class| strings.can_end(*class, ending))?
        }
    };
    if beginning >= strings.beginning_count() {
        return None;
    }
    // An ending that the beginning can not have leads where the first one that it can have does.
    let ending = match ending {
        Some(ending) if strings.can_end(beginning, ending) => ending,
        Some(_) => strings.first_ending(beginning),
        None => strings.usual_ending(beginning),
    };
    Some(strings.witness(beginning, ending))
}
