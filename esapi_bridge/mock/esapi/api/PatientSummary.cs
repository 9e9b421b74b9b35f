using System;
using System.IO;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// A patient in a list: what patient.json says without opening the patient (PatientSummary, ESAPI 15.6). Read when first
    /// asked for; what the database has not is as in <see cref="Patient"/>.
    /// </summary>
    public class PatientSummary : SerializableObject
    {
        private readonly Database _database;
        private readonly string _id;
        private JsonPart _file;

        internal PatientSummary(Database database, string id)
        {
            _database = database;
            _id = id;
        }

        /// <summary>Identifier.</summary>
        public string Id { get { return _id; } }

        /// <summary>Second identifier.</summary>
        public string Id2 { get { return ""; } }

        /// <summary>Last name.</summary>
        public string LastName { get { return File.Text("last_name"); } }

        /// <summary>First name.</summary>
        public string FirstName { get { return File.Text("first_name"); } }

        /// <summary>Middle name.</summary>
        public string MiddleName { get { return ""; } }

        /// <summary>Sex.</summary>
        public string Sex { get { return File.Text("sex", PatientState.UnknownSex); } }

        /// <summary>Social security number.</summary>
        public string SSN { get { return ""; } }

        /// <summary>Date of birth: never in the database.</summary>
        public DateTime? DateOfBirth { get { return null; } }

        /// <summary>When the patient came into the database.</summary>
        public DateTime? CreationDateTime { get { return FactsReader.Date(File, "created"); } }

        private JsonPart File
        {
            get
            {
                if (_file == null)
                {
                    _file = JsonPart.Read(Path.Combine(_database.PatientFolder(_id), PatientReader.PatientFile));
                }
                return _file;
            }
        }
    }
}
