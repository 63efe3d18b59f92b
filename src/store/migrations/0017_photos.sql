-- What people show of themselves: the TL of each Photo, without access hash and file reference. Its bytes belong to the file of
-- that id (0015).
create table profile_photo (
  user_id  int not null,
  id       bigint not null,
  photo    bytea not null,
  -- Where it stands in the album: the highest is the one that is shown. Null for what is not in the album, and is shown only to
  -- those who may not see it.
  place    int,
  primary key (user_id, id)
);
create unique index profile_photo_place on profile_photo (user_id, place) where place is not null;

-- Which of them is shown, and which one to those who may not see it. They stand here because users are read all the time: whoever
-- has none costs nothing more.
alter table account add column photo_id bigint, add column fallback_photo_id bigint;

-- Photos that people gave to contacts of theirs, which nobody else sees.
create table personal_photo (
  owner_id  int not null,
  user_id   int not null,
  id        bigint not null,
  photo     bytea not null,
  primary key (owner_id, user_id),
  foreign key (owner_id, user_id) references contact on delete cascade
);

-- The TL of the profile photo that was reported, whatever becomes of it.
alter table report add column photo bytea;
