-- Bytes lie in a store of blobs beside the database (src/blobs), in folders of numbered parts. A folder is named here before its
-- first part is written, so that nothing lies there of which nobody knows; what is written there is never changed.

-- Bytes that wait for a file to take them: what a client uploads, part by part, and what the server makes itself.
create table upload (
  folder       text primary key,
  user_id      int not null,
  -- The number that the client gave it; null for what the server made, and for what the client has begun anew.
  file_id      bigint,
  -- Where the bytes lie.
  dc           smallint not null,
  have         int4multirange not null default '{}',
  -- How many parts the client says that there will be.
  total        int,
  -- Of all parts but the highest; null while there is only that.
  part_size    int,
  top_part     int,
  top_size     int,
  bytes        bigint not null default 0,
  -- Files refer to the folder: it outlives the row.
  is_taken     boolean not null default false,
  touched_at   int not null
);
create unique index upload_of on upload (user_id, file_id) where file_id is not null;
create index upload_age on upload (touched_at);

-- Folders that nobody wants any more, until they are deleted where they lie.
create table gone_folder (
  folder  text primary key,
  dc      smallint not null
);

-- A photo, a document, or a file of a secret chat.
create table file (
  id          bigint primary key,
  -- 1 photo, 2 document, 3 encrypted
  kind        smallint not null,
  dc          smallint not null,
  owner_id    int not null,
  -- The TL of the Photo or Document, without access hash and file reference, which each viewer has other ones of.
  facts       bytea,
  created_at  int not null
);

-- What can be downloaded of a file: itself, under the type '', and each of its sizes and thumbnails. Several may share a folder.
create table file_content (
  file_id    bigint not null references file on delete cascade,
  type       text not null,
  folder     text not null,
  size       bigint not null,
  -- Of all parts but the last.
  part_size  int not null,
  -- What kind of file it is by its first bytes: src/domain/files/format.ts.
  format     smallint not null,
  primary key (file_id, type)
);
