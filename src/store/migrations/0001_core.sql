-- Times are whole seconds since 1970. A peer_id or box_id is one signed integer: a user is its id, a basic group the
-- negated id, a channel -(1,000,000,000 + id) (src/lib/ids.ts). Columns of type bytea hold TL, which every later
-- version of the decoder can read, or sealed secrets.

create extension if not exists pg_trgm;

-- Applications that may connect.
create table app (
  api_id       int primary key,
  api_hash     text not null,
  title        text not null,
  short_name   text not null default '',
  owner_phone  text unique,
  created_at   int not null
);

-- Authorization keys. A temporary key has expires_at, and perm_key_id once it is bound.
create table auth_key (
  key_id       bigint primary key,
  sealed       bytea not null,
  dc           smallint not null,
  expires_at   int,
  perm_key_id  bigint references auth_key on delete cascade,
  created_at   int not null
);
create index auth_key_bound on auth_key (perm_key_id) where perm_key_id is not null;
create index auth_key_expiry on auth_key (expires_at) where expires_at is not null;

-- What the client behind a permanent key said of itself, and who is logged in there.
create table device (
  key_id            bigint primary key references auth_key on delete cascade,
  user_id           int,
  hash              bigint not null,
  api_id            int not null default 0,
  layer             smallint not null default 0,
  device_model      text not null default '',
  system_version    text not null default '',
  app_version       text not null default '',
  system_lang_code  text not null default '',
  lang_pack         text not null default '',
  lang_code         text not null default '',
  ip                text not null default '',
  created_at        int not null,
  active_at         int not null
);
create index device_user on device (user_id) where user_id is not null;

-- The code in force for a phone number on a key; one at a time, and nobody else's request replaces it.
create table login_code (
  phone       text not null,
  key_id      bigint not null,
  code_hash   text not null,
  code        text not null,
  api_id      int not null,
  channel     text not null,
  attempts    smallint not null default 0,
  resends     smallint not null default 0,
  is_proven   boolean not null default false,
  sent_at     int not null,
  expires_at  int not null,
  primary key (phone, key_id)
);
create index login_code_expiry on login_code (expires_at);

-- Attempts counted per key (a phone, an address, a user) and window, for limits that survive a restart.
create table attempt (
  kind      text not null,
  subject   text not null,
  window_at int not null,
  count     int not null,
  primary key (kind, subject, window_at)
);
create index attempt_age on attempt (window_at);

create sequence account_id as int start 1000001;

-- online_until lies in the future while somebody is online, and is the time of the last visit afterwards.
create table account (
  id              int primary key default nextval('account_id'),
  phone           text unique,
  first_name      text not null,
  last_name       text not null default '',
  about           text not null default '',
  is_bot          boolean not null default false,
  is_support      boolean not null default false,
  is_verified     boolean not null default false,
  deleted_at      int,
  online_until    int not null default 0,
  created_at      int not null
);
create index account_name on account using gin ((lower(first_name || ' ' || last_name)) gin_trgm_ops);

-- Public names of users (later: of channels), unique without regard to case.
create table username (
  name_key  text primary key,
  name      text not null,
  peer_id   int not null
);
create unique index username_peer on username (peer_id, name_key);
create index username_prefix on username (name_key text_pattern_ops);

create table contact (
  owner_id    int not null,
  user_id     int not null,
  first_name  text not null,
  last_name   text not null default '',
  phone       text not null default '',
  note        bytea,
  is_close    boolean not null default false,
  created_at  int not null,
  primary key (owner_id, user_id)
);
create index contact_of on contact (user_id);

-- Imported numbers that have no account yet; their owners learn of it when one signs up.
create table phone_import (
  owner_id    int not null,
  phone       text not null,
  first_name  text not null,
  last_name   text not null default '',
  primary key (phone, owner_id)
);
create index phone_import_owner on phone_import (owner_id);

create table block (
  owner_id    int not null,
  peer_id     int not null,
  created_at  int not null,
  primary key (owner_id, peer_id)
);

-- rules: the TL of an updatePrivacy. key: the constructor name of PrivacyKey.
create table privacy (
  user_id  int not null,
  key      text not null,
  rules    bytea not null,
  primary key (user_id, key)
);

-- What a user has set for the whole account. name: the constructor of the TL object in value.
create table setting (
  user_id  int not null,
  name     text not null,
  value    bytea not null,
  primary key (user_id, name)
);

-- Peers whose action bar (report, add, block) the owner has put away.
create table hidden_bar (
  owner_id  int not null,
  peer_id   int not null,
  primary key (owner_id, peer_id)
);

-- target: 'users', 'chats', 'broadcasts' or 'peer'; settings: InputPeerNotifySettings.
create table notify_settings (
  user_id   int not null,
  target    text not null,
  peer_id   int not null default 0,
  settings  bytea not null,
  primary key (user_id, target, peer_id)
);

-- A box owns messages and counts pts (changes with a gap check), seq (other changes) and message ids.
create table box (
  id               int primary key,
  pts              int not null default 1,
  seq              int not null default 0,
  last_message_id  int not null default 0
);

-- One row per side of a private chat. (box_id, from_id, random_id) finds a repeated send and the other side's row.
create table message (
  box_id        int not null,
  id            int not null,
  peer_id       int not null,
  from_id       int not null,
  random_id     bigint not null,
  date          int not null,
  edit_date     int,
  flags         int not null default 0,
  reply_to_id   int,
  text          text not null default '',
  entities      bytea,
  reply         bytea,
  forward       bytea,
  media         bytea,
  action        bytea,
  reply_markup  bytea,
  primary key (box_id, id)
);
create unique index message_random on message (box_id, from_id, random_id);
create index message_peer on message (box_id, peer_id, id);
-- Shared links of a chat: the bit MessageFlag.hasUrl.
create index message_url on message (box_id, peer_id, id) where flags & 32 <> 0;

create table dialog (
  box_id            int not null,
  peer_id           int not null,
  top_message_id    int not null default 0,
  top_date          int not null default 0,
  unread_count      int not null default 0,
  read_inbox_id     int not null default 0,
  read_outbox_id    int not null default 0,
  is_marked_unread  boolean not null default false,
  -- 0 is the list of chats, 1 the archive.
  folder_id         smallint not null default 0,
  -- 0: not pinned; the highest stands first.
  pinned_order      int not null default 0,
  message_count     int not null default 0,
  -- A DraftMessage, and when it was last changed, also when it was cleared.
  draft             bytea,
  draft_date        int not null default 0,
  primary key (box_id, peer_id)
);
create index dialog_order on dialog (box_id, folder_id, top_date, top_message_id, peer_id) where top_message_id > 0;
create index dialog_pinned on dialog (box_id, folder_id, pinned_order) where pinned_order > 0;
create index dialog_marked on dialog (box_id) where is_marked_unread;
create index dialog_draft on dialog (box_id) where draft is not null;

-- The folders (tabs) that a user made. filter: a DialogFilter.
create table dialog_filter (
  user_id   int not null,
  id        smallint not null,
  position  smallint not null,
  filter    bytea not null,
  primary key (user_id, id)
);

-- What changed in a box: a reference to the row that changed, never a copy of a message. Changes that count in pts
-- have seq 0; the others take the next seq and stand under the pts of their moment.
create table update_log (
  box_id      int not null,
  pts         int not null,
  seq         int not null default 0,
  kind        smallint not null,
  count       smallint not null,
  date        int not null,
  peer_id     int,
  message_id  int,
  ids         int[],
  data        bytea,
  primary key (box_id, pts, seq)
);

-- The account that login messages and service notices come from.
insert into account (id, phone, first_name, is_support, is_verified, created_at)
values (777000, '42777', 'Chappe', true, true, 0);
insert into box (id) values (777000);
create index update_log_other on update_log (box_id, date) where seq > 0;
-- When the other side read a message: kind 5 is readOutbox.
create index update_log_read on update_log (box_id, peer_id, message_id) where kind = 5;
