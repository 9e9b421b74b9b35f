using System;
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
