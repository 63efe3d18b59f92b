-- Two-step verification. https://core.telegram.org/api/srp
-- The verifier (v = g^x mod p, made by the client) is as good as the password for whoever wants to guess it, so it is
-- sealed. version changes with the verifier: a challenge made for another one is void.
create table password (
  user_id          int primary key references account on delete cascade,
  version          bigint not null,
  salt1            bytea not null,
  salt2            bytea not null,
  verifier         bytea not null,
  hint             text not null default '',
  -- The client's own secret for its passport, as it was given (a sealed SecureSecretSettings).
  secure_settings  bytea,
  -- The confirmed address for recovery, sealed; null when there is none.
  email            bytea,
  changed_at       int not null,
  -- When somebody who lost the password may do without it; null while nobody asked for that.
  reset_at         int,
  -- After a reset was declined, no other may be asked for until then.
  next_reset_at    int
);

-- A login that is proven but for its password; it waits on the key where it was begun.
create table pending_login (
  key_id      bigint primary key references auth_key on delete cascade,
  user_id     int not null references account on delete cascade,
  expires_at  int not null
);
create index pending_login_expiry on pending_login (expires_at);
create index pending_login_user on pending_login (user_id);
