-- The list of sessions. hash names a login to its user.
alter table device
  -- Whose login waits on this key for a password. It has its hash already.
  add column waiting_for         int,
  -- A login beside others is to be confirmed by one of these, or by time (AUTOCONFIRM_SEC).
  add column is_confirmed        boolean not null default true,
  add column calls_disabled      boolean not null default false,
  add column encrypted_disabled  boolean not null default false;

create index device_waiting on device (waiting_for) where waiting_for is not null;

-- After so many days without a visit a session ends; those who have no row here have chosen nothing.
create table session_ttl (
  user_id  int primary key references account on delete cascade,
  days     smallint not null
);

-- Tokens by which a session that is logged in lets another one in. Only hashes are kept: what is shown as a QR code is
-- worth a login until it expires. https://core.telegram.org/api/qr-login
create table login_token (
  token_hash   bytea primary key,
  -- The key that waits; it has one token in force.
  key_id       bigint not null unique references auth_key on delete cascade,
  api_id       int not null,
  dc           smallint not null,
  -- Who is in on that client already, and is not to come in twice.
  except_ids   bigint[] not null,
  expires_at   int not null,
  -- Who accepted it, and the hash of the login that this makes.
  user_id      int references account on delete cascade,
  hash         bigint,
  is_confirmed boolean not null default false,
  -- Of a login that was let in from another datacenter: where it is to be imported, by which token, and whether it was.
  import_dc    smallint,
  import_hash  bytea unique,
  is_imported  boolean not null default false
);
create index login_token_expiry on login_token (expires_at);
create index login_token_user on login_token (user_id) where user_id is not null;

-- Versions of the terms of service. entities: MessageEntity, one after the other.
create table terms (
  version     int primary key,
  text        text not null,
  entities    bytea,
  min_age     smallint,
  is_popup    boolean not null,
  created_at  int not null
);

-- The latest version that a user agreed to. Who has no row agreed to what ships.
create table terms_accepted (
  user_id      int primary key references account on delete cascade,
  version      int not null,
  accepted_at  int not null
);

-- The version that was shown on a key to somebody who is about to sign up.
create table terms_shown (
  key_id   bigint primary key references auth_key on delete cascade,
  version  int not null
);
