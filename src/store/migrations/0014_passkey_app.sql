-- Through which app a client asked for the challenge: its api_id was checked then, and is that of the login. A client that asked
-- before this was written down asks again.
alter table passkey_challenge add column api_id int;
