-- What a sender's box had lately and has no more: a client that was not answered and sends again is not to bring a
-- deleted message back.
create table sent_before (
  box_id     int not null,
  random_id  bigint not null,
  sent_at    int not null,
  primary key (box_id, random_id)
);
create index sent_before_age on sent_before (sent_at);
