-- A secret chat between one device of each side. The server knows who talks with whom, and what the two need to agree on a
-- key; the key itself it never sees.
create table secret_chat (
  -- Chosen by whoever asks for the chat.
  id               int primary key,
  admin_id         int not null,
  -- The permanent key of the device that asked.
  admin_key        bigint not null,
  participant_id   int not null,
  -- That of the device which accepted; null until one has.
  participant_key  bigint,
  state            text not null check (state in ('waiting', 'open', 'over')),
  is_history_gone  boolean not null default false,
  asked_at         int not null,
  changed_at       int not null,
  -- What each side made public of its secret; forgotten when the chat is over.
  g_a              bytea,
  g_b              bytea,
  fingerprint      bigint,
  -- Up to which date each side has read.
  admin_read       int not null default 0,
  participant_read int not null default 0
);
create index secret_chat_admin on secret_chat (admin_key) where state <> 'over';
create index secret_chat_participant on secret_chat (participant_key) where state = 'open';
create index secret_chat_asked on secret_chat (participant_id) where state = 'waiting';
create index secret_chat_old on secret_chat (changed_at) where state <> 'open';

-- What was sent, without its content, so that a repeated send is known as such and a receipt can name what it is for. The
-- content waits in update_log until its device has it.
create table secret_sent (
  chat_id    int not null,
  from_id    int not null,
  random_id  bigint not null,
  sent_at    int not null,
  to_id      int not null,
  to_key     bigint not null,
  qts        int not null,
  -- The file that went along.
  file_id    bigint,
  primary key (chat_id, from_id, random_id)
);
create index secret_sent_queue on secret_sent (to_id, to_key, qts);
create index secret_sent_old on secret_sent (sent_at);

-- A file of secret chats, which only its receivers can read.
create table secret_file (
  id           bigint primary key references file on delete cascade,
  -- That of the key with which it is encrypted.
  fingerprint  int not null,
  size         bigint not null,
  dc           smallint not null
);

-- In which chats a file was sent: it goes when all of them are over and forgotten.
create table secret_file_chat (
  file_id  bigint not null references secret_file on delete cascade,
  chat_id  int not null,
  primary key (file_id, chat_id)
);
create index secret_file_chat_chat on secret_file_chat (chat_id);

-- Whether other files share the bytes of one that goes.
create index file_content_folder on file_content (folder);

-- A change outside pts and qts can be for one device only, which key_id names, or for all but one.
alter table update_log add column except_key_id bigint;
