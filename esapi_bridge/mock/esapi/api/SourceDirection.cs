using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>From isocentre to source: IEC 61217 angles, then the patient's position on the couch.</summary>
    internal static class SourceDirection
    {
        internal static VVector Of(PatientOrientation orientation, double gantryDeg, double couchDeg)
        {
            double gantry = gantryDeg * Math.PI / 180;
            double couch = couchDeg * Math.PI / 180;
            // Fixed system: x to the right seen from the couch's foot, y to the gantry, z up; then the turned couch's.
            double x = Math.Sin(gantry) * Math.Cos(couch);
            double y = -Math.Sin(gantry) * Math.Sin(couch);
            double z = Math.Cos(gantry);
            return ToPatient(orientation, x, y, z);
        }

        /// <summary>Axis X of the turned collimator, IEC 61217, in DICOM.</summary>
        internal static VVector AxisX(PatientOrientation orientation, ControlPointState point)
        {
            double turn = point.CollimatorDeg * Math.PI / 180;
            return Gantry(orientation, point, Math.Cos(turn), Math.Sin(turn));
        }

        /// <summary>Axis Y of the turned collimator, IEC 61217, in DICOM.</summary>
        internal static VVector AxisY(PatientOrientation orientation, ControlPointState point)
        {
            double turn = point.CollimatorDeg * Math.PI / 180;
            return Gantry(orientation, point, -Math.Sin(turn), Math.Cos(turn));
        }

        /// <summary>A direction across the beam, by the axes of the gantry.</summary>
        private static VVector Gantry(PatientOrientation orientation, ControlPointState point, double x, double y)
        {
            double gantry = point.GantryDeg * Math.PI / 180;
            double couch = point.CouchDeg * Math.PI / 180;
            double across = x * Math.Cos(gantry);
            return ToPatient(orientation, across * Math.Cos(couch) + y * Math.Sin(couch),
                -across * Math.Sin(couch) + y * Math.Cos(couch), -x * Math.Sin(gantry));
        }

        /// <summary>From the couch's axes to the patient's.</summary>
        private static VVector ToPatient(PatientOrientation orientation, double x, double y, double z)
        {
            switch (orientation)
            {
                case PatientOrientation.HeadFirstSupine: return new VVector(x, -z, y);
                case PatientOrientation.HeadFirstProne: return new VVector(-x, z, y);
                case PatientOrientation.FeetFirstSupine: return new VVector(-x, -z, -y);
                case PatientOrientation.FeetFirstProne: return new VVector(x, z, -y);
                case PatientOrientation.HeadFirstDecubitusLeft: return new VVector(-z, -x, y);
                case PatientOrientation.HeadFirstDecubitusRight: return new VVector(z, x, y);
                case PatientOrientation.FeetFirstDecubitusLeft: return new VVector(-z, x, -y);
                case PatientOrientation.FeetFirstDecubitusRight: return new VVector(z, -x, -y);
                default: throw new NotSupportedException("not in the mock: patient orientation " + orientation);
            }
        }
    }
}
