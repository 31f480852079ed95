# Read (not run) by the entrypoint of the MySQL image when its folder is empty: two databases, each with a user that may
# do nothing elsewhere. Kamailio's is latin1, which takes every byte that a phone may send.
trunkline_password=$(cat /run/secrets/mysql-trunkline-password)
kamailio_password=$(cat /run/secrets/mysql-kamailio-password)
docker_process_sql --database=mysql << END
CREATE DATABASE trunkline CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER 'trunkline'@'%' IDENTIFIED BY '$trunkline_password';
GRANT ALL PRIVILEGES ON trunkline.* TO 'trunkline'@'%';
CREATE DATABASE kamailio CHARACTER SET latin1 COLLATE latin1_swedish_ci;
CREATE USER 'kamailio'@'%' IDENTIFIED BY '$kamailio_password';
GRANT ALL PRIVILEGES ON kamailio.* TO 'kamailio'@'%';
END
unset trunkline_password kamailio_password
