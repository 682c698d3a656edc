drop table answer_sentences;
drop table approved_answers;
