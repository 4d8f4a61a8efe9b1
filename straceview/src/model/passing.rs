//! Descriptors on their way through UNIX sockets (SCM_RIGHTS).

use std::collections::VecDeque;

/// What has been sent and not yet received, oldest first.
#[derive(Default)]
pub struct Passing(VecDeque<Message>);

struct Message {
    /// The end of a socketpair that it goes to. `None` for sockets that were connected by name.
    to: Option<usize>,
    objects: Vec<usize>,
}

impl Passing {
    pub fn send(&mut self, to: Option<usize>, objects: Vec<usize>) {
        if !objects.is_empty() {
            self.0.push_back(Message { to, objects });
        }
    }

    /// `count` descriptors, received from the socket `at`. `None`: their sender was not traced.
    pub fn receive(&mut self, at: Option<usize>, count: usize) -> Option<Vec<usize>> {
        let fits = |message: &Message| message.objects.len() == count;
        let to_it = |message: &Message| message.to.is_some() && message.to == at;
        let mut messages = self.0.iter();
        let found = messages
            .position(|message| to_it(message) && fits(message))
            .or_else(|| {
                self.0
                    .iter()
                    .position(|message| message.to.is_none() && fits(message))
            })?;
        self.0.remove(found).map(|message| message.objects)
    }
}
