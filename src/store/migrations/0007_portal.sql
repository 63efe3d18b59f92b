-- What the owner of an app says of it in the portal. short_key is the short name in lower case, for apps made there, which
-- must be unique; those that the host registers by command have none. A blocked app signs nobody in.
alter table app
  add column url                text not null default '',
  add column platform           text not null default 'other',
  add column description        text not null default '',
  add column short_key          text unique,
  -- The version of the API terms that the owner accepted, and when; null for apps that the host registered.
  add column terms_version      int,
  add column terms_accepted_at  int,
  add column blocked_at         int,
  -- Its owner is gone, which is another thing than the host having registered it.
  add column is_disowned        boolean not null default false;

-- Which accounts were signed in through an api_id that was published with an open-source client: only so many may be.
create table published_sign_in (
  api_id      int not null,
  user_id     int not null,
  created_at  int not null,
  primary key (api_id, user_id)
);

-- The API terms as the host changed them. Version 1 is the text that the server comes with.
create table api_terms (
  version     int primary key,
  text        text not null,
  created_at  int not null
);

-- Codes for signing in to the portal, by the digest of the hash that the asker was given. A number without an account has a
-- row too, whose code nobody was sent, so that nothing tells it from one with an account.
create table portal_code (
  hash        bytea primary key,
  phone       text not null,
  sealed      bytea not null,
  attempts    smallint not null default 0,
  created_at  int not null,
  expires_at  int not null
);
create index portal_code_expiry on portal_code (expires_at);
create index portal_code_phone on portal_code (phone);

-- Who is signed in to the portal, by the digest of the cookie.
create table portal_session (
  hash        bytea primary key,
  user_id     int not null,
  created_at  int not null,
  expires_at  int not null
);
create index portal_session_expiry on portal_session (expires_at);
create index portal_session_user on portal_session (user_id);
