-- What search and albums need of a message's media; a text has neither, and stands in neither index.
--
-- media_kind: src/domain/media/kinds.ts; null for texts and for what no list of shared media shows.
-- grouped_id: the album that the message is part of.
--
-- The media itself is the TL in message.media, with the ids of its files in it and nothing that gives access to them. A
-- file is kept as long as a message may have it, and messages do not count their files: a sweep of files that nobody has
-- would collect the ids in all rows with media is not null (the second index walks nearly all of them, stickers and the
-- like apart), in message.reply of quotations, in the messages kept by reports and in the photos of accounts, and drop
-- those files that are in none of them and older than any upload or answer in which somebody may still hold one.
alter table message add column media_kind smallint, add column grouped_id bigint;
create index message_media on message (box_id, peer_id, media_kind, id) where media_kind is not null;
create index message_media_box on message (box_id, media_kind, id) where media_kind is not null;

-- What somebody sent as a document, by the SHA-256 of its bytes and by its type: messages.getDocumentByHash spares sending them again. Only
-- one's own are found, or it would tell what others have sent.
create table document_hash (
  owner_id  int not null,
  sha256    bytea not null,
  mime_type text not null,
  file_id   bigint not null references file on delete cascade,
  primary key (owner_id, sha256, mime_type)
);
create index document_hash_file on document_hash (file_id);
