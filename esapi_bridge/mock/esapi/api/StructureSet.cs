using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Structures drawn on an image.</summary>
    public partial class StructureSet : ApiDataObject
    {
        internal StructureSet(PatientState patient, StructureSetState state) : base(patient, state)
        {
        }

        private StructureSetState Self { get { return (StructureSetState)State; } }

        internal override string IdText { get { return Self.Id; } }

        /// <summary>Identifier within the patient (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set
            {
                string id = NewId(value);
                StructureRules.RequireUnlocked(Patients, Self);
                Self.Id = id;
                Self.HasOwnId = true;
                StructureRules.Changed(Patients, Self);
            }
        }

        /// <summary>The image.</summary>
        public Image Image { get { Reading(); return new Image(Patients, Self.Image); } }

        /// <summary>The structures.</summary>
        public IEnumerable<Structure> Structures
        {
            get { Reading(); return Self.Structures.Select(s => new Structure(Patients, s)); }
        }

        /// <summary>SOP instance UID; "" if the database has none.</summary>
        public string UID { get { Reading(); return Self.Uid ?? ""; } }

        /// <summary>The patient.</summary>
        public Patient Patient { get { Reading(); return new Patient(Patients); } }
    }
}
