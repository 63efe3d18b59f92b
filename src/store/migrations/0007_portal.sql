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

-- What a visitor of a page has to enter or has entered, by the digest of what the browser was given. purpose says for what it
-- is good: signing in to the portal or the console, or an appeal. The portal's is for a phone, the others for a user. Whoever
-- asks in vain has a row too, whose code nobody was sent, so that nothing tells it from another.
create table page_code (
  hash        bytea primary key,
  purpose     text not null,
  phone       text,
  user_id     int,
  sealed      bytea not null,
  attempts    smallint not null default 0,
  created_at  int not null,
  expires_at  int not null
);
create index page_code_expiry on page_code (expires_at);
create index page_code_phone on page_code (phone);

-- Who is signed in with a browser, by the digest of the cookie: place is 'portal' or 'console'. In the console it is without a
-- user_id whoever held the token of the server's start.
create table web_session (
  hash        bytea primary key,
  place       text not null,
  user_id     int,
  created_at  int not null,
  expires_at  int not null
);
create index web_session_expiry on web_session (expires_at);
create index web_session_user on web_session (user_id);
