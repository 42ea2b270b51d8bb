mod yaml_reading;
