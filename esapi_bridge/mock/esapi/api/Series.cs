using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>The series of a CT. Its 2-D images are not in the database: only the 3-D one is listed.</summary>
    public class Series : ApiDataObject
    {
        internal Series(PatientState patient, ImageState state) : base(patient, state)
        {
        }

        private ImageState Self { get { return (ImageState)State; } }

        internal override string IdText { get { return "CT"; } }

        /// <summary>Series instance UID; "" if the database has none.</summary>
        public string UID { get { Reading(); return Self.SeriesUid ?? ""; } }

        /// <summary>Frame of reference UID.</summary>
        public string FOR { get { Reading(); return Self.FrameOfReference; } }

        /// <summary>Modality.</summary>
        public SeriesModality Modality { get { Reading(); return SeriesModality.CT; } }

        /// <summary>The 3-D image.</summary>
        public IEnumerable<Image> Images { get { Reading(); yield return new Image(Patients, Self); } }

        /// <summary>Study it belongs to.</summary>
        public Study Study { get { Reading(); return new Study(Patients, Self); } }
    }

    /// <summary>The study of a CT.</summary>
    public class Study : ApiDataObject
    {
        internal Study(PatientState patient, ImageState state) : base(patient, state)
        {
        }

        internal override string IdText { get { return "Study"; } }

        /// <summary>Series of the study.</summary>
        public IEnumerable<Series> Series
        {
            get { Reading(); yield return new Series(Patients, (ImageState)State); }
        }
    }
}
