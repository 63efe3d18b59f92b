-- A code is for something: `login`, `change` (a new number for an account), `confirm` (that a deletion is to be cancelled),
-- `verify` (that a number is one's own). One key may wait for several at once.
alter table login_code
  add column purpose   text not null default 'login',
  -- By which ways it can come next, in their order; those that the client cannot take are not among them.
  add column next      text[] not null default '{}',
  -- Whether an SMS ends with the hash by which the client's app finds it.
  add column app_hash  boolean not null default false,
  -- A login e-mail that was verified for this sign-in; it becomes the account's once the code is entered.
  add column email     text not null default '',
  -- The one that is to take its place and is being sent: whoever has it already may enter it. Else ''.
  add column coming    text not null default '',
  -- Whose account the code lets into, which must not give it away; null when the number has none.
  add column user_id   int;
create index login_code_user on login_code (user_id) where user_id is not null;
alter table login_code drop constraint login_code_pkey;
alter table login_code add primary key (phone, key_id, purpose);

-- Where login codes go to instead of phone or chat. https://core.telegram.org/api/auth#email-verification
create table login_email (
  user_id     int primary key references account on delete cascade,
  email       text not null,
  -- When it is taken away, because somebody who has the number says that the address is lost; null while nobody does.
  reset_at    int
);

-- Codes that were sent to addresses to verify them. subject is a user, or a number and the key that signs in with it.
create table email_code (
  purpose     text not null,
  subject     text not null,
  email       text not null,
  code        text not null,
  attempts    smallint not null default 0,
  expires_at  int not null,
  primary key (purpose, subject)
);
create index email_code_expiry on email_code (expires_at);

-- What a client that logged out may present in place of a code. Only a hash is kept; each can be used once.
create table future_token (
  token_hash  bytea primary key,
  user_id     int not null references account on delete cascade,
  created_at  int not null,
  expires_at  int not null
);
create index future_token_user on future_token (user_id, created_at);

-- Numbers that get no codes.
create table phone_ban (
  phone      text primary key,
  reason     text not null default '',
  banned_at  int not null
);
