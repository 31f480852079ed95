-- What routing.cfg reads beside Kamailio's own tables: written by Trunkline's provisioner, read at the start of Kamailio
-- and changed in its memory by JSON-RPC. May be run again at any time; it keeps what is there.

CREATE TABLE IF NOT EXISTS tk_names (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  key_name VARCHAR(190) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL,
  key_type INT NOT NULL DEFAULT 0,
  value_type INT NOT NULL DEFAULT 0,
  key_value VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  expires INT NOT NULL DEFAULT 0,
  CONSTRAINT tk_names_key UNIQUE (key_name)
);
CREATE TABLE IF NOT EXISTS tk_dids LIKE tk_names;
CREATE TABLE IF NOT EXISTS tk_trunks LIKE tk_names;
CREATE TABLE IF NOT EXISTS tk_tenants LIKE tk_names;
CREATE TABLE IF NOT EXISTS tk_blocked LIKE tk_names;

-- One tree of prefixes for all tenants. The values are longer than those of the package's own mtree-create.sql.
CREATE TABLE IF NOT EXISTS mtree (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  tname VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'routes',
  tprefix VARCHAR(32) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  tvalue VARCHAR(4000) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  CONSTRAINT tprefix_idx UNIQUE (tprefix)
);
-- As the package's script made it, the column is missing. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @add_tname = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'mtree' AND column_name = 'tname') = 0,
  "ALTER TABLE mtree ADD COLUMN tname VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'routes'",
  'DO 0'
);
PREPARE add_tname FROM @add_tname;
EXECUTE add_tname;
DEALLOCATE PREPARE add_tname;
ALTER TABLE mtree MODIFY tvalue VARCHAR(4000) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '';

CREATE TABLE IF NOT EXISTS dialplan (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  dpid INT NOT NULL,
  pr INT NOT NULL,
  match_op INT NOT NULL,
  match_exp VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL,
  match_len INT NOT NULL DEFAULT 0,
  subst_exp VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  repl_exp VARCHAR(256) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  attrs VARCHAR(128) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT ''
);
ALTER TABLE dialplan
  MODIFY match_exp VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL,
  MODIFY match_len INT NOT NULL DEFAULT 0,
  MODIFY subst_exp VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  MODIFY repl_exp VARCHAR(256) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  MODIFY attrs VARCHAR(128) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '';

-- Modules refuse a table whose version they do not find here.
INSERT INTO version (table_name, table_version) VALUES
  ('tk_names', 2), ('tk_dids', 2), ('tk_trunks', 2), ('tk_tenants', 2), ('tk_blocked', 2), ('mtree', 1), ('dialplan', 2)
  ON DUPLICATE KEY UPDATE table_version = VALUES(table_version);
