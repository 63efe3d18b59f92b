-- Two-step verification. https://core.telegram.org/api/srp
-- The verifier (v = g^x mod p, made by the client) lets whoever has it try out passwords, so it is sealed.
create table password (
  user_id          int primary key references account on delete cascade,
  -- Changes with the verifier: a challenge that was made for another one is void.
  version          bigint not null,
  salt1            bytea not null,
  salt2            bytea not null,
  verifier         bytea not null,
  hint             text not null default '',
  -- A SecureSecretSettings as the client gave it, sealed.
  secure_settings  bytea,
  -- The confirmed address for recovery; empty when there is none.
  email            text not null default '',
  changed_at       int not null,
  -- When whoever is logged in and lost the password may do without it; null while nobody asked for that.
  reset_at         int,
  -- After a reset was declined, no other may be asked for before.
  next_reset_at    int not null default 0
);

-- Proofs of passwords that were asked for. Each belongs to the key that asked and can be answered once.
create table password_challenge (
  key_id      bigint not null references auth_key on delete cascade,
  id          bigint not null,
  user_id     int not null,
  version     bigint not null,
  -- The server's secret exponent b, sealed.
  exponent    bytea not null,
  expires_at  int not null,
  primary key (key_id, id)
);
create index password_challenge_expiry on password_challenge (expires_at);

-- A change of two-step verification that waits until its recovery address is confirmed.
create table password_email (
  user_id     int primary key references account on delete cascade,
  -- The password that it was made for; 0 for none.
  version     bigint not null,
  -- The account.PasswordInputSettings, sealed.
  settings    bytea not null,
  email       text not null,
  code        text not null,
  attempts    smallint not null default 0,
  expires_at  int not null
);

-- Codes that were sent to recovery addresses, for those who lost their password.
create table password_recovery (
  user_id     int primary key references account on delete cascade,
  code        text not null,
  attempts    smallint not null default 0,
  expires_at  int not null
);

-- A login that is proven but for its password; it waits on the key where it was begun.
create table pending_login (
  key_id      bigint primary key references auth_key on delete cascade,
  user_id     int not null references account on delete cascade,
  attempts    smallint not null default 0,
  expires_at  int not null
);
create index pending_login_expiry on pending_login (expires_at);
create index pending_login_user on pending_login (user_id);

-- Keys by which their owners sign in without a code. https://core.telegram.org/api/passkeys
create table passkey (
  id          bytea primary key,
  user_id     int not null references account on delete cascade,
  -- In COSE form.
  public_key  bytea not null,
  -- How often the authenticator says that it was used; 0 for those that do not count.
  counter     bigint not null,
  name        text not null,
  created_at  int not null,
  used_at     int
);
create index passkey_user on passkey (user_id);

-- What a client was asked to sign with a passkey; one challenge in force on a key. user_id: whose new passkey it is for,
-- null for one to sign in with.
create table passkey_challenge (
  key_id      bigint primary key references auth_key on delete cascade,
  user_id     int,
  challenge   bytea not null,
  expires_at  int not null
);
create index passkey_challenge_expiry on passkey_challenge (expires_at);

-- Accounts that somebody who lacks their password wants deleted. hash names the request in the link that cancels it.
create table account_deletion (
  user_id    int primary key references account on delete cascade,
  hash       text not null unique,
  key_id     bigint not null,
  delete_at  int not null
);
create index account_deletion_due on account_deletion (delete_at);

-- When a device of the account was last there, to within a day: for accounts that are deleted after a long absence.
alter table account add column visited_at int not null default 0;

-- Boxes of deleted accounts that are still to be emptied, some rows at a time.
create table erasure (
  box_id  int primary key
);
