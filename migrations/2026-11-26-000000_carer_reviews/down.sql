DROP TABLE carer_reviews;
