using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// The series of a CT. Its 2-D images are not in the database: only the 3-D one is listed. Device texts are those of the
    /// export, empty where it states none.
    /// </summary>
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

        /// <summary>The device whose calibration of Hounsfield units is used: the station that the export names (assumed).</summary>
        public string ImagingDeviceId { get { Reading(); return Self.Scan.Device; } }

        /// <summary>Maker of the device.</summary>
        public string ImagingDeviceManufacturer { get { Reading(); return Self.Scan.Manufacturer; } }

        /// <summary>Model of the device.</summary>
        public string ImagingDeviceModel { get { Reading(); return Self.Scan.Model; } }

        /// <summary>Serial number of the device.</summary>
        public string ImagingDeviceSerialNo { get { Reading(); return Self.Scan.SerialNumber; } }

        /// <summary>The 3-D image.</summary>
        public IEnumerable<Image> Images { get { Reading(); yield return new Image(Patients, Self); } }

        /// <summary>Study it belongs to.</summary>
        public Study Study { get { Reading(); return new Study(Patients, Study.FirstOf(Patients, Self)); } }

        /// <summary>Gives the series a device (Series.SetImagingDevice, ESAPI 15.6); that any name is taken is assumed.</summary>
        public void SetImagingDevice(string imagingDeviceId)
        {
            Writing();
            if (string.IsNullOrEmpty(imagingDeviceId))
            {
                throw new ArgumentException("expected the id of an imaging device, found none");
            }
            Self.Scan.Device = imagingDeviceId;
            Self.Modified = DateTime.Now;
            Patients.Changed = true;
        }
    }

    /// <summary>A study: the series of one study instance UID, or a single one where the database has none.</summary>
    public class Study : ApiDataObject
    {
        internal Study(PatientState patient, ImageState first) : base(patient, first)
        {
        }

        private ScanState Scan { get { return ((ImageState)State).Scan; } }

        internal override string IdText { get { return Scan.StudyId.Length > 0 ? Scan.StudyId : "Study"; } }

        /// <summary>Study instance UID; "" if the database has none.</summary>
        public string UID { get { Reading(); return Scan.StudyUid; } }

        /// <summary>When it was begun.</summary>
        public DateTime? CreationDateTime { get { Reading(); return Scan.StudyCreated; } }

        /// <summary>Series of the study.</summary>
        public IEnumerable<Series> Series
        {
            get
            {
                Reading();
                return Patients.Images.Where(i => FirstOf(Patients, i) == State).Select(i => new Series(Patients, i));
            }
        }

        /// <summary>All studies of a patient.</summary>
        internal static IEnumerable<Study> Of(PatientState patient)
        {
            return patient.Images.Select(i => FirstOf(patient, i)).Distinct().Select(i => new Study(patient, i));
        }

        /// <summary>The image that stands for a study: the first one of it.</summary>
        internal static ImageState FirstOf(PatientState patient, ImageState image)
        {
            string uid = image.Scan.StudyUid;
            return uid.Length == 0 ? image : patient.Images.First(i => i.Scan.StudyUid == uid);
        }
    }
}
