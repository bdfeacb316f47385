//! What events, cursors and consumers are.
mod consumer;
mod event;

pub use consumer::{
    Consumer, ConsumerId, ConsumerPage, ConsumerPatch, ConsumerProgress, ConsumerState, CopyState,
    Live, NewConsumer,
};
pub use event::{ChangeEvent, ChangeType, Changes, ChangesQuery, Cursor};
